/** Emoji by Slack's short names, skin tones included ("+1::skin-tone-3"). */

import { recall, remember } from "./preferences.js";

const TONES = { 2: "\u{1F3FB}", 3: "\u{1F3FC}", 4: "\u{1F3FD}", 5: "\u{1F3FE}", 6: "\u{1F3FF}" };
const STYLE_SELECTOR = "\uFE0F";
const KEYCAPS = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "keycap_ten"];
const HANDY = ["+1", "-1", "heart", "joy", "tada", "eyes", "white_check_mark", "raised_hands", ...KEYCAPS];
const FREQUENT = 27;

const byName = new Map();

/** Groups in the picker's order: `{group, emoji: [{character, name, names, words, toned}]}`. */
export const groups = [];

/** Read the list that ships with the page; without it shortcodes stay text. */
export async function loadEmoji() {
  const response = await fetch("static/emoji.json");
  for (const { group, emoji } of await response.json()) {
    groups.push({
      group,
      emoji: emoji.map(([character, names, words = "", toned = 0]) => entry(character, names, words, toned)),
    });
  }
}

function entry(character, names, words, toned) {
  const all = names.split(" ");
  const made = {
    character,
    name: all[0],
    names: all,
    words: `${names} ${words}`.replaceAll("_", " "),
    toned: toned === 1,
  };
  for (const name of all) byName.set(name, made);
  return made;
}

/** The character of a short name, or null when the name is unknown. */
export function characterOf(name) {
  const [base, tone] = name.split("::skin-tone-");
  const found = byName.get(base);
  if (!found) return null;
  return tone && found.toned ? withTone(found.character, tone) : found.character;
}

/** The entry of a short name, or null. */
export function emojiNamed(name) {
  return byName.get(name.split("::")[0]) ?? null;
}

function withTone(character, tone) {
  const [first, ...rest] = [...character];
  const tail = rest[0] === STYLE_SELECTOR ? rest.slice(1) : rest;
  return [first, TONES[tone] ?? "", ...tail].join("");
}

/** Entries that match what was typed: names that begin with it first. */
export function searchEmoji(typed, limit = 80) {
  const wanted = typed.toLowerCase().replaceAll("_", " ").trim();
  const rank = ({ names, words }) => {
    if (names.some((name) => name.replaceAll("_", " ").startsWith(wanted))) return 0;
    return words.includes(wanted) ? 1 : 2;
  };
  const ranked = groups.flatMap(({ emoji }) => emoji).map((emoji) => [rank(emoji), emoji]);
  return ranked
    .filter(([r]) => r < 2)
    .sort(([a], [b]) => a - b)
    .slice(0, limit)
    .map(([, emoji]) => emoji);
}

/** The names this person picks most, filled up with those that everybody needs. */
export function frequentNames() {
  const counts = Object.entries(recall("emoji.counts", {})).sort(([, a], [, b]) => b - a);
  return [...new Set([...HANDY, ...counts.map(([name]) => name)])].slice(0, FREQUENT);
}

export function countPick(name) {
  const counts = recall("emoji.counts", {});
  const base = name.split("::")[0];
  remember("emoji.counts", { ...counts, [base]: (counts[base] ?? 0) + 1 });
}

/** The preferred skin tone, "2" (light) to "6" (dark), or null for the yellow one. */
export function preferredTone() {
  return recall("emoji.tone");
}

export function preferTone(tone) {
  remember("emoji.tone", tone);
}

/** The name to react with: the entry's own, in the preferred skin tone where it has tones. */
export function tonedName(emoji) {
  const tone = preferredTone();
  return emoji.toned && tone ? `${emoji.name}::skin-tone-${tone}` : emoji.name;
}
