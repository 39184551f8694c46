import { element } from "./wire.js";

const WRAPPERS = {
  bold: () => element("strong", {}),
  italic: () => element("em", {}),
  underline: () => element("u", {}),
  strikethrough: () => element("s", {}),
  spoiler: () => spoiler(),
  code: () => element("code", {}),
  pre: () => element("code", {}),
  blockquote: () => element("blockquote", {}),
  text_link: (entity) => link(entity.url),
  url: (entity, text) => link(text),
  email: (entity, text) => link(`mailto:${text}`),
};

function link(href) {
  return /^(https?|tg|mailto|tel):/.test(href) ? element("a", { href, target: "_blank", rel: "noreferrer" }) : element("span", {});
}

// Words that a tap uncovers. Until then neither eye nor screen reader finds them.
function spoiler() {
  const words = element("span", {});
  const cover = element("button", { type: "button", className: "spoiler", onclick: () => cover.replaceWith(words) }, words);
  cover.setAttribute("aria-label", "Hidden words: show them");
  cover.append = (...nodes) => words.append(...nodes);
  return cover;
}

// The text as nodes, with its entities around it: their offsets count UTF-16 units, as JavaScript does.
export function render(text, entities, start = 0, end = text.length) {
  const nodes = [];
  let place = start;
  const sorted = [...entities].sort((a, b) => a.offset - b.offset || b.length - a.length);
  for (const entity of sorted) {
    const close = entity.offset + entity.length;
    if (entity.offset < place || close > end || !WRAPPERS[entity.type]) continue;
    const inside = sorted.filter((other) => other !== entity && other.offset >= entity.offset && other.offset + other.length <= close
      && sorted.indexOf(other) > sorted.indexOf(entity));
    const wrapper = WRAPPERS[entity.type](entity, text.slice(entity.offset, close));
    wrapper.append(...render(text, inside, entity.offset, close));
    nodes.push(text.slice(place, entity.offset), wrapper);
    place = close;
  }
  nodes.push(text.slice(place, end));
  return nodes;
}

// As a lock screen shows it: spoilers stay covered there.
export function preview(text, entities = [], length = 40) {
  let shown = text;
  for (const { type, offset, length: long } of entities) {
    if (type === "spoiler") shown = shown.slice(0, offset) + "▒".repeat(long) + shown.slice(offset + long);
  }
  const line = shown.replace(/\s+/g, " ").trim();
  const letters = [...line];
  return letters.length > length ? `${letters.slice(0, length).join("").trimEnd()}…` : line;
}
