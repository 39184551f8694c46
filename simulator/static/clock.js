// The record's time: what it is, and where it may usefully go.
import { announce, ask, element, get, post } from "./wire.js";

const zone = { timeZone: "Europe/London" };
const date = new Intl.DateTimeFormat("en-GB", { ...zone, weekday: "long", day: "numeric", month: "long", year: "numeric" });
const short = new Intl.DateTimeFormat("en-GB", { ...zone, weekday: "short", day: "numeric", month: "short" });
const time = new Intl.DateTimeFormat("en-GB", { ...zone, hour: "2-digit", minute: "2-digit" });
const brief = new Intl.DateTimeFormat("en-GB", { ...zone, weekday: "short", hour: "2-digit", minute: "2-digit" });
const digits = new Intl.DateTimeFormat("en-GB", { ...zone, hourCycle: "h23", year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit" });
const LOOK_EVERY = 5_000;
const MINUTE = 60_000;
const find = (selector) => document.querySelector(selector);

let ahead = 0;
let movable = false;
let moved = () => {};

export function now() {
  return new Date(Date.now() + ahead);
}

// The wall time in London as "YYYY-MM-DDTHH:MM", without a zone: the product takes such a time as London's.
function wall(moment) {
  const part = Object.fromEntries(digits.formatToParts(moment).map(({ type, value }) => [type, value]));
  return `${part.year}-${part.month}-${part.day}T${part.hour}:${part.minute}`;
}

function follow(answer) {
  ahead = answer.now ? new Date(answer.now).getTime() - Date.now() : 0;
  show();
}

function put(place, text) {
  if (place.textContent !== text) place.textContent = text;
}

function show() {
  put(find("#clock-now .date"), date.format(now()));
  put(find("#clock-now .short"), short.format(now()));
  put(find("#clock-now .time"), time.format(now()));
  const real = Math.abs(ahead) < 2_000;
  put(find("#clock-state"), !movable ? "No clock to move here" : real ? "Real time" : "Moved");
  find("#clock-state").dataset.real = String(real);
  find("[data-move=real]").disabled = !movable || real;
  for (const button of document.querySelectorAll("#jumps [data-to]")) {
    const passed = new Date(button.dataset.to) <= now();
    if (button.disabled !== passed) markPassed(button, passed);
  }
}

function markPassed(button, passed) {
  button.disabled = passed;
  button.querySelector(".passed").textContent = passed ? " passed" : "";
}

async function move(to) {
  const answer = await ask(() => post("clock", { now: to }));
  if (!answer) return;
  follow((await ask(() => get("clock"))) ?? answer);
  announce(`The clock says ${date.format(now())}, ${time.format(now())}`);
  moved();
}

export function showJumps({ session, jumps }, { phones, add }) {
  put(find("#place"), session?.place ?? "");
  put(find("#session"), session?.when ?? "None is planned.");
  const runner = session && phones.find((person) => person.ref === session.supervisor);
  find("#runner").hidden = !runner || runner.shown;
  find("#runner").textContent = runner ? `Show ${runner.name}, who runs it` : "";
  find("#runner").onclick = () => add(runner);
  const list = find("#jumps ol");
  const print = JSON.stringify(jumps);
  if (list.dataset.print === print) return;
  list.dataset.print = print;
  list.replaceChildren(...jumps.map((jump) => element("li", {}, element("button",
    { type: "button", data: { to: jump.to, key: jump.key }, onclick: () => move(jump.to) },
    element("span", { textContent: jump.label }), " ", element("small", {}, brief.format(new Date(jump.to)), element("span", { className: "passed unseen" }))))));
  show();
}

function toggle(button, shown) {
  button.setAttribute("aria-expanded", String(shown));
}

export function setUpClock(there, onMove) {
  [movable, moved] = [there, onMove];
  setInterval(show, 1_000);
  show();
  find("#set").addEventListener("click", () => {
    find("#clock-form").hidden = !find("#clock-form").hidden;
    toggle(find("#set"), !find("#clock-form").hidden);
    if (find("#clock-form").hidden) return;
    find("#clock-to").value = wall(now());
    find("#clock-to").focus();
  });
  find("#more-clock").addEventListener("click", () => {
    toggle(find("#more-clock"), document.body.toggleAttribute("data-clock"));
  });
  if (!there) {
    for (const control of document.querySelectorAll("#clock button, #clock input")) control.disabled = true;
    find("#jumps").hidden = true;
    return;
  }
  const look = () => get("clock").then(follow).catch(() => {});
  look();
  setInterval(look, LOOK_EVERY);
  for (const button of document.querySelectorAll("[data-move]")) {
    const minutes = Number(button.dataset.move);
    button.addEventListener("click", () => move(minutes ? new Date(now().getTime() + minutes * MINUTE).toISOString() : "real"));
  }
  find("#clock-form").addEventListener("submit", async (event) => {
    event.preventDefault();
    await move(find("#clock-to").value);
    find("#clock-form").hidden = true;
    toggle(find("#set"), false);
    find("#set").focus();
  });
}
