async function told(response) {
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) throw new Error(answer.error ?? answer.detail ?? `${response.status} ${response.statusText}`);
  return answer;
}

export async function get(path) {
  return told(await fetch(`/sim/${path}`));
}

// A reader whose answers never go back in time: one that a newer one has overtaken is null.
export function reader() {
  let asked = 0;
  let read = 0;
  return async (path) => {
    const mine = ++asked;
    const answer = await get(path);
    if (mine < read) return null;
    read = mine;
    return answer;
  };
}

export async function post(path, given) {
  return told(await fetch(`/sim/${path}`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(given),
  }));
}

export async function remove(path) {
  return told(await fetch(`/sim/${path}`, { method: "DELETE" }));
}

// Do it, and say so when it cannot be done.
export async function ask(work) {
  try {
    return await work();
  } catch (error) {
    say(error.message);
    return null;
  }
}

const hiding = new Map();
export function say(text, { milliseconds = 5_000, where = document.querySelector("#toast") } = {}) {
  where.textContent = text;
  where.hidden = false;
  clearTimeout(hiding.get(where));
  hiding.set(where, setTimeout(() => { where.hidden = true; }, milliseconds));
}

// Read out by a screen reader when it is next silent; several at once as one.
const unsaid = [];
export function announce(text) {
  unsaid.push(text);
  if (unsaid.length > 1) return;
  setTimeout(() => { document.querySelector("#announce").textContent = unsaid.splice(0).join(". "); }, 300);
}

export function element(name, properties, ...children) {
  const { data = {}, aria = {}, dir, ...plain } = properties;
  const made = Object.assign(document.createElement(name), plain);
  Object.assign(made.dataset, data);
  for (const [key, value] of Object.entries(aria)) made.setAttribute(`aria-${key}`, value);
  if (dir) made.setAttribute("dir", dir);
  made.append(...children);
  return made;
}

// Tabs as the ARIA authoring practices have them: one stop for the Tab key, arrows between them.
export function setUpTabs(list, choose) {
  const tabs = [...list.querySelectorAll("[role=tab]")];
  for (const tab of tabs) tab.addEventListener("click", () => choose(tab));
  list.addEventListener("keydown", (event) => {
    const forward = getComputedStyle(list).direction === "rtl" ? "ArrowLeft" : "ArrowRight";
    const backward = forward === "ArrowRight" ? "ArrowLeft" : "ArrowRight";
    const open = tabs.filter((tab) => !tab.hidden);
    const place = open.indexOf(document.activeElement);
    const to = { [forward]: place + 1, [backward]: place - 1, Home: 0, End: open.length - 1 }[event.key];
    if (to === undefined || place < 0) return;
    event.preventDefault();
    const tab = open[(to + open.length) % open.length];
    tab.focus();
    choose(tab);
  });
}

export function select(list, chosen) {
  for (const tab of list.querySelectorAll("[role=tab]")) {
    tab.setAttribute("aria-selected", String(tab === chosen));
    tab.tabIndex = tab === chosen ? 0 : -1;
  }
}
