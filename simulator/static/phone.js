// One phone on the table: its lock screen, its texts and its Telegram.
import { difference, fill, follow, smsBubble, stick, telegramBubble } from "./bubbles.js";
import { now } from "./clock.js";
import { preview } from "./text.js";
import { announce, ask, element, post, reader, say, select, setUpTabs } from "./wire.js";

const zone = { timeZone: "Europe/London" };
const shortTime = new Intl.DateTimeFormat("en-GB", { ...zone, hour: "2-digit", minute: "2-digit" });
const longDate = new Intl.DateTimeFormat("en-GB", { ...zone, weekday: "long", day: "numeric", month: "long" });
const PREVIEWS = 3;
const SPOKEN = 200; // letters of a new message that a screen reader says unasked
const LARGEST = 1280; // pixels of a picture's longer side
const SMALL = "(max-width: 43.99rem)"; // there the reply keyboard would leave no room for the messages
const ROLES = { person: "", unknown: "not known", case_manager: "case manager", coordinator: "co-ordinator", manager: "manager", supervisor: "supervisor" };

let made = 0;

export function key(person) {
  return person.ref || (person.chat_id ? `c${person.chat_id}` : person.phone);
}

export function spoken(phone) {
  return phone?.replace(/^\+44(\d{4})(\d{6})$/, "0$1 $2") ?? "";
}

export function about(person) {
  return [person.ref, ROLES[person.role] ?? person.role, person.note].filter(Boolean).join(" · ");
}

export class Phone {
  constructor(person, { config, close, changed }) {
    this.person = person;
    this.config = config;
    this.changed = changed;
    this.seen = { sms: person.sms.count, telegram: person.telegram.count };
    this.read = { sms: reader(), telegram: reader() };
    this.messages = { sms: [], telegram: [] };
    this.box = document.querySelector("#phone").content.firstElementChild.cloneNode(true);
    this.box.phone = this;
    this.name();
    this.find(".close").addEventListener("click", close);
    this.setUp();
    this.tick();
  }

  find(selector) {
    return this.box.querySelector(selector);
  }

  get lang() {
    return this.person.language || "en";
  }

  favourite() {
    const { chat_id, phone, sms, telegram } = this.person;
    if (!phone) return "telegram";
    return chat_id && telegram.started ? "telegram" : sms.count || !telegram.count ? "sms" : "telegram";
  }

  // Labels tie every control to its owner: with three phones side by side "Text message" alone says too little.
  name() {
    const { name } = this.person;
    const id = `phone-${++made}`;
    this.find("h3").textContent = name;
    this.find("h3").id = id;
    this.box.setAttribute("aria-labelledby", id);
    this.find(".about").textContent = about(this.person);
    this.find(".close").setAttribute("aria-label", `Put ${name}’s phone away`);
    this.find(".apps").setAttribute("aria-label", `${name}’s phone`);
    for (const tab of this.box.querySelectorAll("[role=tab]")) {
      const panel = this.find(`section.${tab.dataset.app}`);
      [tab.id, panel.id] = [`${id}-tab-${tab.dataset.app}`, `${id}-${tab.dataset.app}`];
      tab.setAttribute("aria-controls", panel.id);
      panel.setAttribute("aria-labelledby", `${tab.id} ${id}`);
    }
    this.find("[data-app=sms]").hidden = !this.person.phone;
    this.find("[data-app=telegram]").hidden = !this.person.chat_id;
    this.find(".sms .bubbles").setAttribute("aria-label", `Texts of ${name}`);
    this.find(".telegram .bubbles").setAttribute("aria-label", `Telegram messages of ${name}`);
    for (const form of this.box.querySelectorAll("form")) {
      const field = form.querySelector("textarea, input");
      field.id = `${id}-${form.className || "text"}`;
      form.querySelector("label").htmlFor = field.id;
    }
    this.find(".sms .from").dir = "ltr";
    this.find(".sms .from").textContent = spoken(this.config.twilio_number);
    this.find(".telegram .from").textContent = this.config.telegram_name;
  }

  setUp() {
    this.box.querySelectorAll(".bubbles").forEach(follow);
    setUpTabs(this.find(".apps"), (tab) => this.show(tab.dataset.app));
    onSubmit(this.find(".sms form"), (body) => ask(() => post("sms", { from: this.person.phone, body })));
    onSubmit(this.find(".say"), (text) => this.speak({ text }));
    onSubmit(this.find(".start"), (given) => this.startWith(given));
    this.find(".block").addEventListener("click", () => {
      ask(() => post(`telegram/${this.chat?.blocked ? "unblock" : "block"}`, { chat_id: this.person.chat_id }));
    });
    this.find(".photo").addEventListener("click", () => this.find(".file").click());
    this.find(".file").addEventListener("change", () => this.sendPicture());
    this.find(".call").addEventListener("click", () => this.call());
    this.find(".keys").addEventListener("click", () => this.fold(!this.find(".keyboard").hidden));
    this.fold(matchMedia(SMALL).matches);
  }

  show(app) {
    this.app = app;
    for (const panel of this.box.querySelectorAll("section")) panel.hidden = !panel.classList.contains(app);
    select(this.find(".apps"), this.find(`[data-app=${app}]`));
    this.toEnd();
    this.count(this.person);
  }

  toEnd() {
    const bubbles = this.find(`.${this.app} .bubbles`);
    if (!bubbles) return;
    bubbles.dataset.end = "true";
    stick(bubbles);
  }

  // What is on the screen counts as read.
  count(person) {
    this.person = { ...this.person, sms: person.sms, telegram: person.telegram };
    const visible = this.box.isConnected && this.box.offsetParent !== null;
    if (visible && this.app !== "lock") this.seen[this.app] = person[this.app].count;
    for (const app of ["sms", "telegram"]) {
      const fresh = Math.max(person[app].count - this.seen[app], 0);
      this.find(`[data-app=${app}] .new`).replaceChildren(...(fresh ? [String(fresh), element("span", { className: "unseen", textContent: " new" })] : []));
    }
    this.changed();
  }

  get fresh() {
    return ["sms", "telegram"].reduce((sum, app) => sum + Math.max(this.person[app].count - this.seen[app], 0), 0);
  }

  tick() {
    const time = shortTime.format(now());
    if (this.time === time) return;
    this.time = time;
    for (const place of this.box.querySelectorAll(".time")) place.textContent = time;
    this.find(".date").textContent = longDate.format(now());
  }

  async load() {
    await Promise.all([this.loadSms(), this.loadTelegram()]);
  }

  async loadSms() {
    if (!this.person.phone) return;
    const thread = await this.read.sms(`sms/${encodeURIComponent(this.person.phone)}`);
    if (!thread) return;
    this.find(".sms .state").textContent = thread.stopped ? "STOP sent: nothing gets through" : "";
    const news = fill(this.find(".sms ol"), thread.messages, (message) => smsBubble(message, this.lang));
    this.tell("text", news.filter(({ before }) => !before), (message) => message.body);
    this.messages.sms = thread.messages;
    this.showPreviews();
  }

  async loadTelegram() {
    if (!this.person.chat_id) return;
    const chat = await this.read.telegram(`telegram/${this.person.chat_id}`);
    if (!chat) return;
    this.chat = chat;
    const state = chat.blocked ? "You blocked this bot" : !chat.started ? "Not started" : chat.action === "typing" ? "typing…" : "";
    this.find(".telegram .state").textContent = state;
    this.find(".block").textContent = chat.blocked ? "Unblock" : "Block";
    this.find(".start").hidden = chat.started || chat.blocked;
    this.find(".say").hidden = chat.blocked || !chat.started;
    this.showKeyboard(chat);
    const news = fill(this.find(".telegram ol"), chat.messages, (message) => telegramBubble(message, this.lang, (...pressed) => this.press(...pressed)));
    this.tell("Telegram", news, (message) => message.text || message.kind);
    this.messages.telegram = chat.messages;
    this.toast(chat);
    this.showPreviews();
  }

  tell(app, news, words) {
    for (const { message, before } of news) {
      if (message.direction !== "outbound") continue;
      if (!before) announce(`${this.person.name}, ${app}: ${preview(words(message), message.entities, SPOKEN)}`);
      else if (message.deleted && !before.deleted) announce(`${this.person.name}, ${app}: a message was deleted`);
      else if (difference(before, message)) announce(`${this.person.name}, ${app}, changed: ${difference(before, message)}`);
    }
  }

  showPreviews() {
    const received = [
      ...this.messages.sms.map((message) => ({ app: "Texts", from: spoken(this.config.twilio_number), at: message.shown_at, sent: message.at, text: preview(message.body), message })),
      ...this.messages.telegram.map((message) => ({
        app: "Telegram", from: this.config.telegram_name, at: message.shown_at, sent: message.at, message,
        text: message.kind === "text" ? preview(message.text, message.entities) : message.kind === "location" ? "Location" : preview(message.text || message.kind),
      })),
    ].filter(({ message }) => message.direction === "outbound" && !message.deleted);
    const newest = received.sort((one, other) => (one.sent < other.sent ? 1 : -1)).slice(0, PREVIEWS);
    const cards = newest.map(({ app, from, at, text }) => element("li", {},
      element("p", { className: "app" }, element("span", { textContent: app }), element("span", { textContent: shortTime.format(new Date(at)) })),
      element("p", { className: "from", dir: "ltr", textContent: from }),
      element("p", { className: "words", dir: "auto", lang: this.lang, textContent: text })));
    this.find(".previews").replaceChildren(...(cards.length ? cards : [element("li", { className: "none", textContent: "No messages" })]));
  }

  async press(message, button) {
    const answer = await ask(() => post("telegram/press", { chat_id: this.person.chat_id, message_id: message.message_id, data: button.callback_data ?? "" }));
    if (answer) this.pressed = answer.callback_query_id;
  }

  toast(chat) {
    const toast = this.pressed && chat.messages.flatMap((message) => message.toasts).find((each) => each.query === this.pressed);
    if (!toast) return;
    this.pressed = null;
    say(toast.text, { where: this.find(".telegram .snack") });
    announce(toast.text);
  }

  showKeyboard(chat) {
    const rows = chat.blocked ? [] : chat.keyboard?.keyboard ?? [];
    const box = this.find(".keyboard");
    const print = JSON.stringify(rows);
    if (box.dataset.print === print) return;
    box.dataset.print = print;
    box.replaceChildren(...rows.map((row) => element("div", {}, ...row.map((button) => element("button", {
      type: "button", textContent: button.text, dir: "auto", onclick: () => this.tap(button),
    })))));
    this.find(".keys").hidden = !rows.length;
    this.find(".say textarea").placeholder = chat.keyboard?.input_field_placeholder ?? "Message";
  }

  fold(folded) {
    this.find(".keyboard").hidden = folded;
    this.find(".keys").setAttribute("aria-expanded", String(!folded));
  }

  tap(button) {
    if (button.request_contact) return this.speak({ contact: this.person.phone ?? "+447700900000" });
    if (button.request_location) return this.speak({ location: true });
    return this.speak({ text: button.text });
  }

  speak(content) {
    return ask(() => post("telegram/message", { chat_id: this.person.chat_id, ...content }));
  }

  // The words already typed go with it, as its caption.
  async sendPicture() {
    const [file] = this.find(".file").files;
    const field = this.find(".say textarea");
    this.find(".file").value = "";
    const photo = file && await ask(() => asPhoto(file));
    if (photo && (await this.speak({ photo, text: field.value.trim() }))) field.value = "";
    field.focus();
  }

  startWith(given) {
    const code = given.includes("start=") ? new URLSearchParams(given.slice(given.indexOf("?") + 1)).get("start") : given;
    return this.speak({ text: code ? `/start ${code}` : "/start" });
  }

  async call() {
    const call = await ask(() => post("call", { from: this.person.phone }));
    if (!call) return;
    const words = new DOMParser().parseFromString(call.twiml, "text/xml").documentElement.textContent.trim();
    const heard = call.status === 200 ? `You hear: ${words || "(nothing)"}` : `The call failed (${call.status})`;
    say(heard, { milliseconds: 12_000, where: this.find(".sms .snack") });
    announce(heard);
  }
}

// As Telegram sends it: no larger than it has to be, and a JPEG.
async function asPhoto(file) {
  const picture = await createImageBitmap(file).catch(() => { throw new Error("That file is no picture"); });
  const scale = Math.min(1, LARGEST / Math.max(picture.width, picture.height));
  const canvas = Object.assign(document.createElement("canvas"), {
    width: Math.max(1, Math.round(picture.width * scale)), height: Math.max(1, Math.round(picture.height * scale)),
  });
  canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
  const data = canvas.toDataURL("image/jpeg", 0.85).split(",")[1];
  return { data, width: canvas.width, height: canvas.height };
}

function onSubmit(form, send) {
  const field = form.querySelector("textarea, input");
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const text = field.value.trim();
    if ((text || !field.required) && (await send(text))) field.value = "";
    field.focus();
  });
  field.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || field.tagName !== "TEXTAREA") return;
    event.preventDefault();
    form.requestSubmit();
  });
}
