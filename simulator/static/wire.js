async function told(response) {
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) throw new Error(answer.error ?? answer.detail ?? `${response.status} ${response.statusText}`);
  return answer;
}

export async function get(path) {
  return told(await fetch(`/sim/${path}`));
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

let hide;
export function say(text, milliseconds = 5_000) {
  const toast = document.querySelector("#toast");
  toast.textContent = text;
  toast.hidden = false;
  clearTimeout(hide);
  hide = setTimeout(() => { toast.hidden = true; }, milliseconds);
}

export function element(name, properties, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  if (properties.dir) made.setAttribute("dir", properties.dir);
  made.append(...children);
  return made;
}
