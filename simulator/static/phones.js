import { setUpClock, showJumps } from "./clock.js";
import { setUpFaults, showFaults, showWhose } from "./faults.js";
import { key, Phone } from "./phone.js";
import { openPicker, setUpPicker, showPeople } from "./picker.js";
import { look, lookAgain, setUpStory, showStory } from "./story.js";
import { ask, element, get, reader, say, select, setUpTabs } from "./wire.js";

const JUMPS_EVERY = 15_000;
const KEPT = "turnup.phones";
const state = { people: [], phones: [], config: {}, front: null };
const readPeople = reader();
const readJumps = reader();
const find = (selector) => document.querySelector(selector);

function isShown(person) {
  return state.phones.some((phone) => key(phone.person) === key(person));
}

function add(person) {
  if (isShown(person)) return state.phones.find((phone) => key(phone.person) === key(person));
  const phone = new Phone(person, { config: state.config, close: () => putAway(phone), changed: showChips });
  state.phones.push(phone);
  find("#row").append(phone.box);
  phone.show(phone.favourite());
  phone.load().catch(() => {});
  return phone;
}

// The focus goes to what is next, never to the top of the page.
function putAway(phone) {
  const place = state.phones.indexOf(phone);
  state.phones.splice(place, 1);
  phone.box.remove();
  if (state.front === phone) state.front = state.phones[Math.max(place - 1, 0)] ?? null;
  rearranged();
  (state.phones[place]?.find(".close") ?? find("#add")).focus();
}

function bring(phone) {
  state.front = phone;
  rearranged();
  phone.toEnd();
}

function rearranged() {
  state.front ??= state.phones[0] ?? null;
  for (const phone of state.phones) phone.box.classList.toggle("front", phone === state.front);
  find("#nobody").hidden = state.phones.length > 0;
  const keys = state.phones.map((phone) => key(phone.person)).filter((each) => !each.startsWith("+"));
  // A number never stands in an address; whoever has neither ref nor chat is not remembered.
  history.replaceState(null, "", keys.length ? `#${keys.join(",")}` : location.pathname);
  localStorage.setItem(KEPT, keys.join(","));
  for (const phone of state.phones) phone.count(phone.person);
  showChips();
  showWhose();
  showStory();
  loadJumps();
}

function showChips() {
  const chips = state.phones.map((phone) => {
    const fresh = phone !== state.front && phone.fresh ? [" ", element("span", { className: "new", textContent: `${phone.fresh} new` })] : [];
    const shown = { type: "button", onclick: () => bring(phone), aria: { pressed: String(phone === state.front) } };
    return element("button", shown, phone.person.name, ...fresh);
  });
  const print = chips.map((chip) => chip.outerHTML).join("");
  const box = find("#chips");
  if (box.dataset.print === print) return;
  box.dataset.print = print;
  const focused = [...box.children].indexOf(document.activeElement);
  box.replaceChildren(...chips);
  box.children[focused]?.focus();
}

async function loadPeople() {
  state.people = (await readPeople("threads")) ?? state.people;
  for (const phone of state.phones) {
    const person = state.people.find((each) => key(each) === key(phone.person));
    if (person) phone.count(person);
  }
  showPeople();
}

async function loadJumps() {
  if (!state.config.jumps) return;
  const refs = state.phones.map(({ person }) => person.ref).filter(Boolean);
  const answer = await readJumps(`jumps?refs=${refs.join(",")}`).catch(() => null);
  if (!answer) return;
  const phones = state.people.map((person) => ({ ...person, shown: isShown(person) }));
  showJumps(answer, { phones, add: (person) => bring(add(person)) });
}

function turnTo(view) {
  document.body.dataset.view = view;
  for (const button of document.querySelectorAll("#views button")) {
    if (button.dataset.view === view) button.setAttribute("aria-current", "true");
    else button.removeAttribute("aria-current");
  }
  if (view !== "phones") turnSide(view);
  for (const phone of state.phones) phone.count(phone.person);
}

function turnSide(part) {
  select(find("#side .tabs"), find(`#tab-${part}`));
  for (const panel of document.querySelectorAll("#side [role=tabpanel]")) panel.hidden = panel.id !== part;
}

const waiting = new Set();
function soon(name, work) {
  if (waiting.has(name)) return;
  waiting.add(name);
  setTimeout(() => { waiting.delete(name); work().catch(() => {}); }, 60);
}

function loadAll() {
  for (const phone of state.phones) soon(phone, () => phone.load());
  soon("people", loadPeople);
  soon("faults", showFaults);
  if (state.config.story) soon("story", lookAgain);
}

function listen() {
  const events = new EventSource("/sim/events");
  events.onopen = () => { find("#live").textContent = "Live"; loadAll(); };
  events.onerror = () => { find("#live").textContent = "Not connected, trying again"; };
  events.onmessage = ({ data }) => {
    const note = JSON.parse(data);
    if (note.kind === "everything") return loadAll();
    if (note.kind === "faults") return soon("faults", showFaults);
    soon("people", loadPeople);
    if (state.config.story) soon("story", look);
    for (const phone of state.phones) {
      if (note.kind === "sms" && note.number === phone.person.phone) soon(`sms ${key(phone.person)}`, () => phone.loadSms());
      if (note.kind === "telegram" && note.chat_id === phone.person.chat_id) soon(`telegram ${key(phone.person)}`, () => phone.loadTelegram());
    }
  };
}

// The set in the address, else the one of last time, else one person with those beside them.
function wanted() {
  const kept = decodeURIComponent(location.hash.slice(1)) || localStorage.getItem(KEPT) || "";
  const found = kept.split(",").flatMap((each) => state.people.filter((person) => key(person) === each));
  if (found.length) return found;
  const first = state.people.find((person) => person.beside.length);
  return first ? [first, ...first.beside.flatMap((ref) => state.people.filter((person) => person.ref === ref))] : [];
}

// A link "start=CODE" works once: a reload must not say it again.
async function open() {
  const query = new URLSearchParams(location.search);
  const linked = query.has("chat") ? state.people.find((person) => String(person.chat_id) === query.get("chat")) : null;
  for (const person of linked ? [linked] : wanted()) add(person);
  rearranged();
  if (!query.has("start")) return;
  history.replaceState(null, "", `/${location.hash}`);
  if (!linked) return say(`Put ${query.get("start")} in as the one-time code on the phone that opens the link.`, { milliseconds: 15_000 });
  state.phones[0].show("telegram");
  await state.phones[0].startWith(query.get("start"));
}

function setUp() {
  for (const button of [find("#add"), find("#first")]) button.addEventListener("click", openPicker);
  setUpPicker({
    people: () => state.people,
    isShown,
    choose: (chosen, only) => {
      if (only) for (const phone of state.phones.splice(0)) phone.box.remove();
      const [first] = chosen.map(add);
      bring(first);
      first.find("[role=tab][aria-selected=true]").focus();
    },
  });
  setUpTabs(find("#side .tabs"), (tab) => turnSide(tab.getAttribute("aria-controls")));
  for (const button of document.querySelectorAll("#views button")) button.addEventListener("click", () => turnTo(button.dataset.view));
  setInterval(() => { for (const phone of state.phones) phone.tick(); }, 1_000);
}

setUp();
state.config = await ask(() => get("config")) ?? {};
setUpClock(state.config.clock, () => { for (const phone of state.phones) phone.tick(); loadJumps(); look(); });
await loadPeople();
await open();
setUpFaults(() => state.phones.map(({ person }) => person));
setUpStory(state.config.story, () => new Set(state.phones.map(({ person }) => person.ref).filter(Boolean)));
setInterval(loadJumps, JUMPS_EVERY);
listen();
