// What just happened in the record, newest first, in the product's own plain words.
import { element, get } from "./wire.js";

const zone = { timeZone: "Europe/London" };
const time = new Intl.DateTimeFormat("en-GB", { ...zone, hour: "2-digit", minute: "2-digit" });
const day = new Intl.DateTimeFormat("en-GB", { ...zone, weekday: "long", day: "numeric", month: "long" });
const LOOK_EVERY = 2_000;
const KEPT = 300;
const find = (selector) => document.querySelector(selector);

let lines = [];
let shownRefs = () => new Set();
let looking = false;

function line({ at, text, ref }) {
  const moment = element("time", { dateTime: at, textContent: time.format(new Date(at)) });
  return element("li", { data: { ref } }, moment, element("p", { textContent: text, dir: "auto" }));
}

// The date stands above the newest line of each day.
export function showStory() {
  const refs = find("#only-shown").checked ? shownRefs() : null;
  const wanted = lines.filter(({ ref }) => !refs || refs.has(ref));
  let last = "";
  const items = wanted.flatMap((each) => {
    const date = day.format(new Date(each.at));
    const heading = date === last ? [] : [element("li", { className: "day", textContent: date })];
    last = date;
    const item = line(each);
    if (each.fresh) item.classList.add("fresh");
    each.fresh = false;
    return [...heading, item];
  });
  find("#story ol").replaceChildren(...items);
  find("#quiet").hidden = items.length > 0;
}

export async function look() {
  if (looking || document.hidden) return;
  looking = true;
  try {
    const first = !lines.length;
    const more = await get(`story?after=${lines[0]?.id ?? 0}`);
    if (!more.length) return;
    const replaced = new Set(more.flatMap(({ instead_of: ids }) => ids ?? []));
    lines = [...more.reverse().map((each) => ({ ...each, fresh: !first })), ...lines].filter(({ id }) => !replaced.has(id)).slice(0, KEPT);
    showStory();
  } catch {
    // The next look finds what this one missed.
  } finally {
    looking = false;
  }
}

// Read anew: a product that was restarted counts from one again.
export async function lookAgain() {
  lines = [];
  await look();
}

export function setUpStory(there, refs) {
  shownRefs = refs;
  if (!there) {
    find("#quiet").textContent = "No record tells its story here.";
    find("#only-shown").disabled = true;
    return;
  }
  find("#only-shown").addEventListener("change", showStory);
  look();
  setInterval(look, LOOK_EVERY);
}
