// What a provider may do wrong, as switches.
import { ask, element, post, reader, remove } from "./wire.js";

const CHOICES = {
  sms: [
    ["Number cannot be reached (30003)", "Accepted, then never delivered: switched off, or no signal.", { kind: "final", code: 30003 }],
    ["Blocked by the network (30007)", "The phone network takes it for spam.", { kind: "final", code: 30007 }],
    ["No such number (21211)", "Refused at once.", { kind: "http", status: 400, code: 21211 }],
    ["Too many requests (429)", "“Wait five seconds”: the channel pauses, and goes on.", { kind: "http", status: 429, retry_after: 5 }],
    ["Server error (500)", "The provider fails; the text waits and is tried again.", { kind: "http", status: 500 }],
    ["A web page for an answer (502)", "A proxy speaks where the provider should.", { kind: "html" }],
    ["Answers after 15 seconds", "Longer than anybody waits for.", { kind: "slow", seconds: 15 }],
    ["Accepts, then hangs up", "Was it sent? The provider’s own list has to tell.", { kind: "drop_after_accept" }],
    ["Hangs up before accepting", "It was not sent, but nobody says so.", { kind: "drop_before_accept" }],
    ["No receipts", "Whether it arrived is never told.", { kind: "receipts", never: true }],
    ["Receipts late, twice, out of order", "“Delivered” before “sent”, and again.", { kind: "receipts", late: 3, repeat: 2, reordered: true }],
    ["Incoming texts posted twice", "The same text arrives twice and must count once.", { kind: "updates_twice", match: { method: "inbound" } }],
  ],
  telegram: [
    ["Blocked by the person (403)", "They blocked the bot: their right, and texts take over.", { kind: "blocked" }],
    ["Chat not found (400)", "The account is gone.", { kind: "chat_not_found" }],
    ["Too many requests (429)", "“Wait five seconds”: the channel pauses, and goes on.", { kind: "http", status: 429, retry_after: 5 }],
    ["Server error (500)", "Telegram fails; the message waits and is tried again.", { kind: "http", status: 500 }],
    ["A web page for an answer (502)", "A proxy speaks where Telegram should.", { kind: "html" }],
    ["Answers after 15 seconds", "Longer than anybody waits for.", { kind: "slow", seconds: 15 }],
    ["Accepts, then hangs up", "Was it sent? Telegram keeps no list: it may come twice, and is counted.", { kind: "drop_after_accept" }],
    ["Hangs up before accepting", "It was not sent, but nobody says so.", { kind: "drop_before_accept" }],
    ["Updates posted twice", "The same press or message arrives twice and must count once.", { kind: "updates_twice" }],
  ],
};
const find = (selector) => document.querySelector(selector);

const readFaults = reader();
let people = () => [];

function row(channel, [label, meaning, spec], at) {
  const id = `fault-${channel}-${at}`;
  const box = element("input", { id, type: "checkbox", role: "switch", data: { label: `${channel} ${label}` }, aria: { describedby: `${id}-meaning` } });
  box.addEventListener("change", () => flip(box, channel, label, spec));
  const words = element("span", {}, element("label", { htmlFor: id, textContent: label }), element("small", { id: `${id}-meaning`, textContent: meaning }));
  return element("div", { className: "switch" }, box, words);
}

// A list read before this switch was flipped knows nothing of it yet, and leaves it alone.
const flipping = new Set();

async function flip(box, channel, label, spec) {
  flipping.add(box);
  if (box.checked) {
    await ask(() => post("faults", [{ channel, times: null, label, ...spec, match: { ...spec.match, ...whose(channel) } }]));
  } else {
    await ask(() => remove(`faults?id=${box.dataset.id}`));
  }
  flipping.delete(box);
  await showFaults();
}

function whose(channel) {
  const chosen = people()[Number(find("#whose").value) - 1];
  const to = channel === "sms" ? chosen?.phone : chosen?.chat_id;
  return to ? { to: String(to) } : {};
}

export async function showFaults() {
  const given = await readFaults("faults");
  if (!given) return;
  const active = new Map(given.map((fault) => [`${fault.channel} ${fault.label}`, fault]));
  for (const box of document.querySelectorAll("#faults [data-label]")) {
    if (flipping.has(box)) continue;
    const fault = active.get(box.dataset.label);
    box.checked = Boolean(fault);
    box.dataset.id = fault?.id ?? "";
  }
  const count = given.length;
  find("#wellness").textContent = count ? `${count} ${count === 1 ? "fault is" : "faults are"} on` : "All is well";
  find("#clear").disabled = !count;
  for (const place of [find("#tab-faults"), find("#views [data-view=faults]")]) place.textContent = count ? `Faults (${count} on)` : "Faults";
}

export function showWhose() {
  const chosen = find("#whose").selectedOptions[0]?.textContent;
  const options = people().map((person, at) => element("option", { value: String(at + 1), textContent: `only ${person.name}` }));
  find("#whose").replaceChildren(element("option", { value: "0", textContent: "everybody" }), ...options);
  find("#whose").selectedIndex = Math.max(options.findIndex((option) => option.textContent === chosen) + 1, 0);
}

export function setUpFaults(shown) {
  people = shown;
  for (const [channel, choices] of Object.entries(CHOICES)) {
    find(`#faults-${channel}`).replaceChildren(...choices.map((choice, at) => row(channel, choice, at)));
  }
  find("#clear").addEventListener("click", async () => {
    await ask(() => remove("faults"));
    await showFaults();
  });
  showWhose();
  showFaults();
}
