import { ask, element, get, post, remove } from "./wire.js";

const CHOICES = {
  sms: [
    ["Number cannot be reached (30003)", { kind: "final", code: 30003 }],
    ["Blocked by the network (30007)", { kind: "final", code: 30007 }],
    ["No such number (21211)", { kind: "http", status: 400, code: 21211 }],
    ["Too many requests (429)", { kind: "http", status: 429, retry_after: 5 }],
    ["Server error (500)", { kind: "http", status: 500 }],
    ["A page instead of an answer (502)", { kind: "html" }],
    ["Answers after 15 seconds", { kind: "slow", seconds: 15 }],
    ["Accepts, then hangs up", { kind: "drop_after_accept" }],
    ["Hangs up before accepting", { kind: "drop_before_accept" }],
    ["No receipts", { kind: "receipts", never: true }],
    ["Receipts twice, wrong order, 3 s late", { kind: "receipts", late: 3, repeat: 2, reordered: true }],
    ["Incoming texts posted twice", { kind: "updates_twice", match: { method: "inbound" } }],
  ],
  telegram: [
    ["Blocked by the person (403)", { kind: "blocked" }],
    ["Chat not found (400)", { kind: "chat_not_found" }],
    ["Too many requests (429)", { kind: "http", status: 429, retry_after: 5 }],
    ["Server error (500)", { kind: "http", status: 500 }],
    ["A page instead of an answer (502)", { kind: "html" }],
    ["Answers after 15 seconds", { kind: "slow", seconds: 15 }],
    ["Accepts, then hangs up", { kind: "drop_after_accept" }],
    ["Hangs up before accepting", { kind: "drop_before_accept" }],
    ["Updates posted twice", { kind: "updates_twice" }],
  ],
};

let person = () => null;

function row(channel, [label, spec]) {
  const box = element("input", { type: "checkbox", onchange: () => flip(box, channel, label, spec) });
  box.dataset.label = `${channel} ${label}`;
  return element("label", { className: "check" }, box, label);
}

async function flip(box, channel, label, spec) {
  if (box.checked) {
    await ask(() => post("faults", [{ channel, times: null, label, ...spec, match: { ...spec.match, ...whose(channel) } }]));
  } else {
    await ask(() => remove(`faults?id=${box.dataset.id}`));
  }
  await showFaults();
}

function whose(channel) {
  const shown = document.querySelector("#only").checked ? person() : null;
  const to = channel === "sms" ? shown?.phone : shown?.chat_id;
  return to ? { to: String(to) } : {};
}

export async function showFaults() {
  const active = new Map((await get("faults")).map((fault) => [`${fault.channel} ${fault.label}`, fault]));
  for (const box of document.querySelectorAll("#faults [data-label]")) {
    const fault = active.get(box.dataset.label);
    box.checked = Boolean(fault);
    box.dataset.id = fault?.id ?? "";
  }
  document.querySelector("#faults h2").textContent = active.size ? `Faults (${active.size} on)` : "Faults";
}

export function setUpFaults(current) {
  person = current;
  for (const [channel, choices] of Object.entries(CHOICES)) {
    document.querySelector(`#faults-${channel}`).replaceChildren(...choices.map((choice) => row(channel, choice)));
  }
  document.querySelector("#clear").addEventListener("click", async () => {
    await ask(() => remove("faults"));
    await showFaults();
  });
  showFaults();
}
