/** What the page remembers on this browser: the acting person, places, drafts, theme, habits. */

const PREFIX = "playground.";

/** The remembered value, or `fallback` when there is none or it cannot be read. */
export function recall(key, fallback = null) {
  return read(() => localStorage, key) ?? fallback;
}

/** Remember a value; null forgets it. A browser that refuses storage only loses the memory. */
export function remember(key, value) {
  write(() => localStorage, key, value);
}

/** What this window remembered, else what any window did last: so two windows can be two people. */
export function recallInWindow(key, fallback = null) {
  return read(() => sessionStorage, key) ?? recall(key, fallback);
}

export function rememberInWindow(key, value) {
  write(() => sessionStorage, key, value);
  remember(key, value);
}

function read(storage, key) {
  try {
    return JSON.parse(storage().getItem(PREFIX + key));
  } catch {
    return null;
  }
}

function write(storage, key, value) {
  try {
    if (value === null || value === "") storage().removeItem(PREFIX + key);
    else storage().setItem(PREFIX + key, JSON.stringify(value));
  } catch {
    return;
  }
}
