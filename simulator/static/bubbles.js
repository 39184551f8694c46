// One message as a bubble, on either side of a phone.
import { render } from "./text.js";
import { element } from "./wire.js";

const clockTime = new Intl.DateTimeFormat("en-GB", { timeZone: "Europe/London", hour: "2-digit", minute: "2-digit" });
const day = new Intl.DateTimeFormat("en-GB", { timeZone: "Europe/London", weekday: "long", day: "numeric", month: "long" });

const NEAR = 60; // pixels from the end that still count as it

// Bubbles that have not changed stay in the page, so that focus, selection and a screen reader's place do too.
// Returns the messages that are new and those that changed, each with what it was.
export function fill(list, messages, bubble) {
  const box = list.parentElement;
  const first = list.dataset.filled !== "true";
  const old = new Map([...list.children].map((item) => [item.dataset.key, item]));
  const news = [];
  let last = "";
  const items = messages.flatMap((message) => {
    const key = String(message.sid ?? message.message_id);
    const date = day.format(new Date(message.shown_at));
    const heading = date === last ? [] : [keep(old, `day ${date} ${key}`, date, () => element("li", { className: "day", textContent: date }))];
    last = date;
    const before = old.get(key)?.message;
    const item = keep(old, key, JSON.stringify(message), () => bubble(message));
    if (item.message !== message && (!before || item !== old.get(key))) news.push({ message, before });
    item.message = message;
    return [...heading, item];
  });
  place(list, items, old);
  list.dataset.filled = "true";
  // An edit keeps the reader's place, as a long roster is marked far from the end of the chat.
  if (news.some(({ message, before }) => !before && message.direction === "inbound")) box.dataset.end = "true";
  if (first || news.some(({ before }) => !before)) stick(box);
  return first ? [] : news;
}

// Whoever reads the end goes on seeing the end, also when a keyboard takes room; whoever scrolled up is left there.
export function follow(box) {
  box.dataset.end = "true";
  box.addEventListener("scroll", () => { box.dataset.end = String(box.scrollHeight - box.scrollTop - box.clientHeight < NEAR); });
  new ResizeObserver(() => stick(box)).observe(box);
}

export function stick(box) {
  if (box.dataset.end === "true") box.scrollTop = box.scrollHeight;
}

function keep(old, key, print, make) {
  const before = old.get(key);
  if (before?.dataset.print === print) return before;
  const item = make();
  item.dataset.key = key;
  item.dataset.print = print;
  if (before) item.classList.add("changed");
  return item;
}

// Puts the items in, and gives the focus back to the button that had it, now in the new version of its message.
function place(list, items, old) {
  const focused = list.contains(document.activeElement) ? document.activeElement : null;
  const key = focused?.closest("li")?.dataset.key;
  const spot = focused?.dataset.spot;
  items.forEach((item, at) => {
    const there = list.children[at];
    if (there === item) return;
    if (there && there.dataset.key === item.dataset.key) there.replaceWith(item);
    else list.insertBefore(item, there ?? null);
  });
  while (list.children.length > items.length) list.lastElementChild.remove();
  if (!focused || focused.isConnected || !old.has(key)) return;
  const again = [...list.children].find((item) => item.dataset.key === key);
  (again?.querySelector(`[data-spot="${spot}"]`) ?? list.parentElement).focus({ preventScroll: true });
}

function shell(message, body, meta, ...more) {
  const mine = message.direction === "inbound";
  const names = [mine ? "mine" : "theirs", message.deleted ? "gone" : "", message.automatic ? "automatic" : ""];
  const whose = element("span", { className: "unseen", textContent: mine ? "Sent: " : "Received: " });
  const stamp = element("p", { className: "meta" }, clockTime.format(new Date(message.shown_at)), ...meta.flatMap((part) => [" · ", part]));
  return element("li", { className: names.filter(Boolean).join(" ") }, whose, body, ...more, stamp);
}

function failure(text) {
  return element("span", { className: "bad", textContent: text });
}

export function smsBubble(message, lang) {
  const body = element("p", { className: "body", dir: "auto", lang, textContent: message.body || "(no words)" });
  for (const link of message.media) body.append(`\nPicture: ${link}`);
  const parts = `${message.parts} ${message.parts === 1 ? "part" : "parts"}, ${message.encoding}`;
  return shell(message, body, [smsState(message), parts]);
}

function smsState(message) {
  if (message.automatic) return "Twilio’s own answer";
  if (["failed", "undelivered"].includes(message.state)) return failure(`${message.state} (${message.error_code})`);
  if (message.direction === "outbound") return message.state === "delivered" ? "✓ delivered" : message.state;
  if (message.webhook === null) return message.state;
  if (message.webhook === 0) return failure("webhook did not answer");
  return message.webhook < 300 ? "✓ taken" : failure(`webhook answered ${message.webhook}`);
}

export function telegramBubble(message, lang, press) {
  const body = element("div", { className: "body", dir: "auto", lang }, ...content(message));
  const meta = [message.state === "taken" || message.state === "sent" ? `✓ ${message.state}` : message.state];
  if (message.edited && message.state !== "edited") meta.push("edited");
  if (message.protected) meta.push("no forwarding");
  if (message.silent) meta.push("silent");
  if (message.reaction) meta.push(`answered ${message.reaction}`);
  const toast = message.toasts.at(-1);
  const answered = toast ? [element("p", { className: "pressed", dir: "auto", textContent: `${toast.alert ? "Alert" : "Notice"} shown: ${toast.text}` })] : [];
  const item = shell(message, body, meta, buttons(message, press), ...answered);
  if (!message.deleted && message.buttons.some((row) => row.length > 1)) item.classList.add("wide");
  return item;
}

function content(message) {
  const text = render(message.text, message.entities);
  const about = message.content;
  if (message.kind === "location") return [pin(about)];
  if (message.kind === "contact") return [`Contact: ${about.first_name}, ${about.phone_number}`];
  if (message.kind === "photo") return [picture(about.at(-1), message.text), ...text];
  if (message.kind === "document") return [chip(about), ...text];
  if (message.kind !== "text") return [`[${message.kind}]`, message.text ? "\n" : "", ...text];
  return text;
}

function pin({ latitude, longitude }) {
  const map = `https://www.openstreetmap.org/?mlat=${latitude}&mlon=${longitude}#map=16/${latitude}/${longitude}`;
  const words = element("span", {}, element("strong", { textContent: "Map pin" }), element("br", {}), `${latitude}, ${longitude}`);
  return element("a", { className: "pin", href: map, target: "_blank", rel: "noreferrer" }, element("span", { className: "map" }), words);
}

// The caption says in words what the picture shows.
function picture({ file_id: id }, caption) {
  const image = element("img", { src: `/sim/file/${id}`, alt: caption ? "Picture, described below" : "Picture" });
  return element("a", { className: "picture", href: image.src, target: "_blank", rel: "noreferrer" }, image);
}

function chip({ file_id: id, file_name: name, file_size: size }) {
  const words = element("span", {}, element("strong", { textContent: name }), element("br", {}), `${size} bytes`);
  return element("a", { className: "chip", href: `/sim/file/${id}`, target: "_blank", rel: "noreferrer" }, element("span", { className: "sheet" }), words);
}

function buttons(message, press) {
  if (message.deleted || !message.buttons.length) return "";
  const rows = message.buttons.map((row, down) => element("div", {}, ...row.map((button, across) => inline(message, button, `${down}.${across}`, press))));
  return element("div", { className: "buttons" }, ...rows);
}

function inline(message, button, spot, press) {
  const shown = { textContent: button.text, dir: "auto", data: { spot } };
  if (button.url) return element("a", { ...shown, href: button.url, target: "_blank", rel: "noreferrer" });
  return element("button", { ...shown, type: "button", onclick: () => press(message, button) });
}

// What an edit changed, in a few words: new lines of the text, else buttons that say something else.
export function difference(before, after) {
  const lines = new Set(before.text.split("\n"));
  const fresh = after.text.split("\n").filter((line) => line.trim() && !lines.has(line));
  const labels = ({ buttons }) => buttons.flat().map((button) => button.text);
  const were = labels(before);
  const changed = fresh.length ? fresh : labels(after).filter((label, at) => label !== were[at]);
  return changed.slice(0, 3).join(", ");
}
