import { render } from "./text.js";
import { setUpClock } from "./clock.js";
import { setUpFaults, showFaults } from "./faults.js";
import { ask, element, get, post, say } from "./wire.js";

const state = { people: [], current: null, seen: {}, config: {}, sms: null, telegram: null, pressed: null };
const find = (selector) => document.querySelector(selector);

const ROLES = { person: "People", unknown: "Other numbers and chats" };
const clockTime = new Intl.DateTimeFormat("en-GB", { timeZone: "Europe/London", hour: "2-digit", minute: "2-digit" });
const day = new Intl.DateTimeFormat("en-GB", { timeZone: "Europe/London", weekday: "long", day: "numeric", month: "long" });

function key(person) {
  return person.phone ?? `chat ${person.chat_id}`;
}

function spoken(phone) {
  return phone?.replace(/^\+44(\d{4})(\d{6})$/, "0$1 $2") ?? "";
}

function about(person) {
  const role = ROLES[person.role] ? "" : person.role.replace("_", " ");
  return [spoken(person.phone), role, person.note].filter(Boolean).join(" · ");
}

function count(person) {
  return person.sms.count + person.telegram.count;
}

function showPeople() {
  const words = find("#search").value.toLowerCase();
  const groups = new Map([["People", []], ["Staff", []], ["Other numbers and chats", []]]);
  for (const person of state.people) {
    const known = [person.name, person.phone, about(person), spoken(person.phone).replace(" ", "")];
    if (known.some((word) => word?.toLowerCase().includes(words))) groups.get(ROLES[person.role] ?? "Staff").push(person);
  }
  const focused = document.activeElement?.dataset?.key;
  find("#people").replaceChildren(...[...groups].filter(([, people]) => people.length).flatMap(([title, people]) => [
    element("h2", { textContent: `${title} (${people.length})` }),
    element("ul", {}, ...people.map((person) => element("li", {}, entry(person)))),
  ]));
  if (focused) document.querySelector(`[data-key="${CSS.escape(focused)}"]`)?.focus();
}

function entry(person) {
  const fresh = count(person) - (state.seen[key(person)] ?? 0);
  const button = element("button", { type: "button", onclick: () => pick(person) },
    element("span", { textContent: person.name, dir: "auto" }),
    fresh > 0 && person !== state.current ? element("span", { className: "new", textContent: `${fresh} new` }) : "",
    element("small", { textContent: about(person) }));
  button.dataset.key = key(person);
  if (state.current && key(state.current) === key(person)) button.setAttribute("aria-current", "true");
  return button;
}

async function loadPeople() {
  state.people = await get("threads");
  if (state.current) {
    state.current = state.people.find((person) => key(person) === key(state.current)) ?? state.current;
    state.seen[key(state.current)] = count(state.current);
  }
  showPeople();
}

async function pick(person) {
  state.current = person;
  state.seen[key(person)] = count(person);
  state.sms = state.telegram = null;
  document.body.dataset.view = "phone";
  find("#nobody").hidden = true;
  find("#somebody").hidden = false;
  find("#name").textContent = person.name;
  find("#about").textContent = about(person);
  find("#sms").hidden = !person.phone;
  find("#telegram").hidden = !person.chat_id;
  const usesTelegram = person.chat_id && (!person.phone || (person.telegram.count && !person.sms.count));
  turn(usesTelegram ? "telegram" : "sms");
  history.replaceState(null, "", `#${encodeURIComponent(key(person))}`);
  showPeople();
  await Promise.all([loadSms(), loadTelegram()]);
}

function turn(side) {
  find("#sides").dataset.side = side;
  for (const tab of document.querySelectorAll(".tabs button")) {
    tab.setAttribute("aria-pressed", String(tab.dataset.side === side));
    tab.disabled = find(`#${tab.dataset.side}`).hidden;
  }
}

async function loadSms() {
  const person = state.current;
  if (!person?.phone) return;
  const thread = await get(`sms/${encodeURIComponent(person.phone)}`);
  if (state.current !== person && key(state.current) !== key(person)) return;
  find("#sms-state").textContent = thread.stopped ? "STOP sent: nothing gets through" : spoken(person.phone);
  fill(find("#sms ol"), thread.messages, smsBubble);
}

async function loadTelegram() {
  const person = state.current;
  if (!person?.chat_id) return;
  const chat = await get(`telegram/${person.chat_id}`);
  if (state.current !== person && key(state.current) !== key(person)) return;
  state.telegram = chat;
  find("#telegram-state").textContent = chat.blocked ? "Bot blocked" : !chat.started ? "Not started" : chat.action === "typing" ? "typing…" : `@${state.config.telegram_username}`;
  find("#block").textContent = chat.blocked ? "Unblock" : "Block";
  for (const control of find("#say").elements) control.disabled = chat.blocked;
  showKeyboard(chat);
  fill(find("#telegram ol"), chat.messages, telegramBubble);
  toastFor(chat);
}

// Bubbles that have not changed stay in the page, so that focus, selection and a screen reader's place do too.
function fill(list, messages, bubble) {
  const owner = key(state.current);
  const old = new Map(list.dataset.owner === owner ? [...list.children].map((item) => [item.dataset.key, item]) : []);
  let last = "";
  const items = messages.flatMap((message) => {
    const items = [];
    const date = day.format(new Date(message.shown_at));
    if (date !== last) items.push(keep(old, `day ${date} ${message.sid ?? message.message_id}`, date, () => element("li", { className: "day", textContent: date })));
    last = date;
    items.push(keep(old, String(message.sid ?? message.message_id), JSON.stringify(message), () => bubble(message)));
    return items;
  });
  if (items.length !== list.children.length || items.some((item, place) => list.children[place] !== item)) list.replaceChildren(...items);
  list.dataset.owner = owner;
  if (!old.size) list.parentElement.dataset.end = "true";
  toEnd(list.parentElement);
}

function toEnd(box) {
  if (box.dataset.end === "true") box.scrollTop = box.scrollHeight;
}

function keep(old, id, print, make) {
  const before = old.get(id);
  if (before?.dataset.print === print) return before;
  const item = make();
  item.dataset.key = id;
  item.dataset.print = print;
  return item;
}

function shell(message, body, meta, ...more) {
  const mine = message.direction === "inbound";
  const names = [mine ? "mine" : "", message.deleted ? "gone" : "", message.automatic ? "automatic" : ""];
  const stamp = element("p", { className: "meta" }, clockTime.format(new Date(message.shown_at)), ...meta.flatMap((part) => [" · ", part]));
  return element("li", { className: names.filter(Boolean).join(" ") }, body, ...more, stamp);
}

function smsBubble(message) {
  const body = element("p", { className: "body", dir: "auto", textContent: message.body || "(no words)" });
  for (const link of message.media) body.append(`\nPicture: ${link}`);
  const parts = `${message.parts} ${message.parts === 1 ? "part" : "parts"}, ${message.encoding}`;
  return shell(message, body, [smsState(message), parts]);
}

function smsState(message) {
  if (message.automatic) return "Twilio’s own answer";
  const failed = ["failed", "undelivered"].includes(message.state);
  if (failed) return element("span", { className: "bad", textContent: `${message.state} (${message.error_code})` });
  if (message.direction === "outbound" || message.webhook === null) return message.state;
  return message.webhook === 0 ? "webhook did not answer" : `webhook answered ${message.webhook}`;
}

function telegramBubble(message) {
  const body = element("div", { className: "body", dir: "auto" }, ...content(message));
  const meta = [message.state];
  if (message.edited && message.state !== "edited") meta.push("edited");
  if (message.protected) meta.push("no forwarding");
  if (message.silent) meta.push("silent");
  if (message.reaction) meta.push(`answered ${message.reaction}`);
  const toasts = message.toasts.map((toast) => element("p", { className: "pressed", dir: "auto", textContent: `${toast.alert ? "Alert" : "Notice"} shown: ${toast.text}` }));
  return shell(message, body, meta, buttons(message), ...toasts);
}

function content(message) {
  const text = render(message.text, message.entities);
  const about = message.content;
  if (message.kind === "location") return [pin(about)];
  if (message.kind === "contact") return [`Contact: ${about.first_name}, ${about.phone_number}`];
  if (message.kind === "document") return [`File: ${about.file_name} (${about.file_size} bytes)\n`, ...text];
  if (message.kind !== "text") return [`[${message.kind}]`, message.text ? "\n" : "", ...text];
  return text;
}

function pin({ latitude, longitude }) {
  const map = `https://www.openstreetmap.org/?mlat=${latitude}&mlon=${longitude}#map=16/${latitude}/${longitude}`;
  return element("a", { href: map, target: "_blank", rel: "noreferrer", textContent: `Map pin: ${latitude}, ${longitude}` });
}

function buttons(message) {
  if (message.deleted || !message.buttons.length) return "";
  return element("div", { className: "buttons" }, ...message.buttons.map((row) => element("div", {}, ...row.map((button) => inline(message, button)))));
}

function inline(message, button) {
  if (button.url) return element("a", { href: button.url, target: "_blank", rel: "noreferrer", textContent: button.text, dir: "auto" });
  return element("button", { type: "button", textContent: button.text, dir: "auto", onclick: () => press(message, button) });
}

async function press(message, button) {
  const answer = await ask(() => post("telegram/press", { chat_id: state.current.chat_id, message_id: message.message_id, data: button.callback_data ?? "" }));
  if (answer) state.pressed = answer.callback_query_id;
}

function toastFor(chat) {
  const toast = chat.messages.flatMap((message) => message.toasts).find((each) => each.query === state.pressed);
  if (!toast) return;
  state.pressed = null;
  say(toast.text);
}

function showKeyboard(chat) {
  const rows = chat.blocked ? [] : chat.keyboard?.keyboard ?? [];
  const print = JSON.stringify(rows);
  const box = find("#keyboard");
  if (box.dataset.print === print) return;
  box.dataset.print = print;
  box.replaceChildren(...rows.map((row) => element("div", {}, ...row.map((button) => element("button", {
    type: "button", textContent: button.text, dir: "auto", onclick: () => tap(button),
  })))));
  find("#telegram-text").placeholder = chat.keyboard?.input_field_placeholder ?? "";
}

function tap(button) {
  if (button.request_contact) return speak({ contact: state.current.phone ?? "+447700900000" });
  if (button.request_location) return speak({ location: true });
  return speak({ text: button.text });
}

function speak(content) {
  return ask(() => post("telegram/message", { chat_id: state.current.chat_id, ...content }));
}

function startWith(given) {
  const code = given.includes("start=") ? new URLSearchParams(given.slice(given.indexOf("?") + 1)).get("start") : given;
  return speak({ text: code ? `/start ${code}` : "/start" });
}

function onSubmit(form, send) {
  const field = form.querySelector("textarea, input");
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const text = field.value.trim();
    if ((text || !field.required) && (await send(text))) field.value = "";
    field.dispatchEvent(new Event("input"));
    field.focus();
  });
  field.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || field.tagName !== "TEXTAREA") return;
    event.preventDefault();
    form.requestSubmit();
  });
}

function setUpControls() {
  find("#search").addEventListener("input", showPeople);
  for (const box of document.querySelectorAll(".bubbles")) {
    box.addEventListener("scroll", () => { box.dataset.end = String(box.scrollHeight - box.scrollTop - box.clientHeight < 60); });
    new ResizeObserver(() => toEnd(box)).observe(box);
  }
  for (const panel of document.querySelectorAll("#tools details")) panel.open = matchMedia("(min-width: 75rem)").matches;
  find("#back").addEventListener("click", () => { document.body.dataset.view = "list"; });
  for (const tab of document.querySelectorAll(".tabs button")) tab.addEventListener("click", () => turn(tab.dataset.side));
  onSubmit(find("#sms form"), (body) => ask(() => post("sms", { from: state.current.phone, body })));
  onSubmit(find("#say"), (text) => speak({ text }));
  onSubmit(find("#start"), startWith);
  find("#sms-text").addEventListener("input", ({ target }) => {
    find("#sms-count").textContent = target.value ? `${target.value.length} characters` : "";
  });
  find("#block").addEventListener("click", () => ask(() => post(`telegram/${state.telegram?.blocked ? "unblock" : "block"}`, { chat_id: state.current.chat_id })));
  find("#call").addEventListener("click", async () => {
    const call = await ask(() => post("call", { from: state.current.phone }));
    if (call) say(heard(call), 12_000);
  });
}

function heard(call) {
  const words = new DOMParser().parseFromString(call.twiml, "text/xml").documentElement.textContent.trim();
  return call.status === 200 ? `You hear: ${words || "(nothing)"}` : `The call failed (${call.status})`;
}

const waiting = new Set();
function soon(work) {
  if (waiting.has(work)) return;
  waiting.add(work);
  setTimeout(() => { waiting.delete(work); work().catch(() => {}); }, 60);
}

function listen() {
  const events = new EventSource("/sim/events");
  events.onopen = () => { find("#live").textContent = "Live"; soon(loadPeople); soon(loadSms); soon(loadTelegram); };
  events.onerror = () => { find("#live").textContent = "Not connected, trying again"; };
  events.onmessage = ({ data }) => {
    const note = JSON.parse(data);
    const everything = note.kind === "everything";
    if (everything || note.kind === "faults") soon(() => showFaults());
    if (everything || note.kind === "sms" || note.kind === "telegram") soon(loadPeople);
    if (everything || (note.kind === "sms" && note.number === state.current?.phone)) soon(loadSms);
    if (everything || (note.kind === "telegram" && note.chat_id === state.current?.chat_id)) soon(loadTelegram);
  };
}

async function open() {
  const query = new URLSearchParams(location.search);
  const wanted = decodeURIComponent(location.hash.slice(1));
  const linked = query.has("chat") ? state.people.find((person) => String(person.chat_id) === query.get("chat")) : null;
  const person = linked ?? state.people.find((each) => key(each) === wanted);
  if (person) await pick(person);
  if (linked && query.has("start")) {
    turn("telegram");
    // The link works once: a reload must not say it again.
    history.replaceState(null, "", `/#${encodeURIComponent(key(linked))}`);
    await startWith(query.get("start"));
  } else if (query.has("start")) {
    find("#code").value = query.get("start");
    say("Pick whose phone opens the link, then press Start.");
  }
}

setUpControls();
setUpFaults(() => state.current);
state.config = await get("config");
await loadPeople();
for (const person of state.people) state.seen[key(person)] = count(person);
showPeople();
setUpClock(state.config.clock);
listen();
await open();
