// Whose phone to add: everybody with a phone, by role, found by name, ref or number.
import { about, key, spoken } from "./phone.js";
import { element } from "./wire.js";

const GROUPS = [
  ["People", ["person"]], ["Supervisors", ["supervisor"]], ["Case managers", ["case_manager"]],
  ["Co-ordinators and managers", ["coordinator", "manager"]], ["Other numbers and chats", ["unknown"]],
];
const find = (selector) => document.querySelector(selector);

let people = () => [];
let isShown = () => false;
let choose = () => {};

function matches(person, words) {
  const known = [person.name, person.phone, spoken(person.phone), spoken(person.phone).replace(" ", ""), about(person)];
  return known.some((text) => text?.toLowerCase().includes(words));
}

export function showPeople() {
  if (!find("#picker").open) return;
  const words = find("#search").value.trim().toLowerCase();
  const found = people().filter((person) => matches(person, words));
  const groups = GROUPS.map(([title, roles]) => [title, found.filter(({ role }) => roles.includes(role))]);
  const parts = groups.filter(([, members]) => members.length).flatMap(([title, members]) => [
    element("h3", { textContent: `${title} (${members.length})` }),
    element("ul", {}, ...members.map(entry)),
  ]);
  find("#people").replaceChildren(...(parts.length ? parts : [element("p", { textContent: "Nobody of that name, ref or number." })]));
}

function entry(person) {
  const shown = isShown(person);
  const add = element("button", { type: "button", className: "one", disabled: shown, onclick: () => finish([person]) },
    element("span", { textContent: person.name, dir: "auto" }),
    element("small", { textContent: shown ? "on the table" : [about(person), spoken(person.phone)].filter(Boolean).join(" · ") }));
  const team = people().filter(({ ref }) => person.beside.includes(ref) && ref);
  if (!team.length) return element("li", {}, add);
  const all = element("button", { type: "button", className: "all", textContent: "With their team", onclick: () => finish([person, ...team], true),
    aria: { label: `Only ${person.name}, with ${team.map(({ name }) => name).join(" and ")}` }, title: "Only this person, their supervisor and their case manager" });
  return element("li", {}, add, all);
}

function finish(chosen, only = false) {
  find("#picker").close();
  choose(chosen, only, key(chosen[0]));
}

export function openPicker() {
  find("#search").value = "";
  find("#picker").showModal();
  showPeople();
  find("#search").focus();
}

export function setUpPicker(given) {
  ({ people, isShown, choose } = given);
  find("#search").addEventListener("input", showPeople);
  find("#picker .close").addEventListener("click", () => find("#picker").close());
  find("#picker").addEventListener("click", (event) => { if (event.target === find("#picker")) find("#picker").close(); });
}
