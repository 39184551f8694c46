import { ask, get, post, say } from "./wire.js";

const zone = { timeZone: "Europe/London" };
const short = new Intl.DateTimeFormat("en-GB", { ...zone, weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", second: "2-digit" });
const long = new Intl.DateTimeFormat("en-GB", { ...zone, weekday: "long", day: "numeric", month: "long", year: "numeric", hour: "2-digit", minute: "2-digit", second: "2-digit" });
const LOOK_EVERY = 5_000;

let ahead = 0;
let movable = false;

function now() {
  return new Date(Date.now() + ahead);
}

// The wall time in London as "YYYY-MM-DDTHH:MM:SS", without a zone: the clock takes such a time as London's.
function wall(date) {
  const parts = Object.fromEntries(new Intl.DateTimeFormat("en-GB", {
    ...zone, hourCycle: "h23", year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", second: "2-digit",
  }).formatToParts(date).map((part) => [part.type, part.value]));
  return `${parts.year}-${parts.month}-${parts.day}T${parts.hour}:${parts.minute}:${parts.second}`;
}

export function target(move, date) {
  if (move === "real") return "real";
  if (move === "hour") return new Date(date.getTime() + 3_600_000).toISOString();
  const today = wall(date);
  if (today.slice(11, 16) < move) return `${today.slice(0, 10)}T${move}`;
  const [year, month, day] = today.slice(0, 10).split("-").map(Number);
  const next = new Date(Date.UTC(year, month - 1, day + 1)).toISOString().slice(0, 10);
  return `${next}T${move}`;
}

function follow(answer) {
  ahead = answer.now ? new Date(answer.now).getTime() - Date.now() : 0;
  show();
}

function show() {
  document.querySelector("#now").textContent = short.format(now());
  if (!movable) return;
  const real = Math.abs(ahead) < 2_000 ? " (real time)" : "";
  document.querySelector("#clock-now").textContent = long.format(now()) + real;
}

async function move(to) {
  const answer = await ask(() => post("clock", { now: to }));
  if (!answer) return;
  const moved = await ask(() => get("clock"));
  follow(moved ?? answer);
  say(`The clock says ${long.format(now())}`);
}

export function setUpClock(there) {
  const panel = document.querySelector("#clock");
  movable = there;
  setInterval(show, 1_000);
  show();
  if (!there) {
    for (const control of panel.querySelectorAll("button, input")) control.disabled = true;
    document.querySelector("#clock-now").textContent = "No clock to move here.";
    return;
  }
  const look = () => get("clock").then(follow).catch(() => {});
  look();
  setInterval(look, LOOK_EVERY);
  for (const button of panel.querySelectorAll("[data-move]")) {
    button.addEventListener("click", () => move(target(button.dataset.move, now())));
  }
  panel.querySelector("form").addEventListener("submit", (event) => {
    event.preventDefault();
    move(document.querySelector("#clock-to").value);
  });
}
