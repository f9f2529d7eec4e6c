/** What the page remembers on this browser: the acting person, places, drafts, theme, habits. */

const PREFIX = "playground.";

/** The remembered value, or `fallback` when there is none or it cannot be read. */
export function recall(key, fallback = null) {
  try {
    const stored = localStorage.getItem(PREFIX + key);
    return stored === null ? fallback : JSON.parse(stored);
  } catch {
    return fallback;
  }
}

/** Remember a value; null forgets it. A browser that refuses storage only loses the memory. */
export function remember(key, value) {
  try {
    if (value === null || value === "") localStorage.removeItem(PREFIX + key);
    else localStorage.setItem(PREFIX + key, JSON.stringify(value));
  } catch {
    return;
  }
}
