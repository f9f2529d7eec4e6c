/** Slack's formatted dates: {date_short_pretty} at {time}, in the reader's own zone. */

import { h } from "./dom.js";
import { dayName } from "./times.js";

const FORMS = {
  date_num: { year: "numeric", month: "2-digit", day: "2-digit" },
  date: { year: "numeric", month: "long", day: "numeric" },
  date_short: { year: "numeric", month: "short", day: "numeric" },
  date_long: { year: "numeric", month: "long", day: "numeric", weekday: "long" },
  day_divider_pretty: { year: "numeric", month: "long", day: "numeric", weekday: "long" },
  time: { hour: "numeric", minute: "2-digit" },
  time_secs: { hour: "numeric", minute: "2-digit", second: "2-digit" },
};

/** The date that a format describes, with the full one to be told on hover; a link where there is an address. */
export function dateNode(seconds, format, fallback, address) {
  const date = new Date(Number(seconds) * 1000);
  if (Number.isNaN(date.getTime())) return fallback ?? "";
  const words = format.replace(/\{(\w+)\}/g, (all, name) => formatted(name, date) ?? all);
  const tip = date.toLocaleString("en-US", { dateStyle: "full", timeStyle: "short" });
  const node = h("time", { datetime: date.toISOString(), "data-tip": tip }, words);
  const safe = /^https?:\/\//i.test(address ?? "");
  return safe ? h("a", { href: address, target: "_blank", rel: "noopener noreferrer" }, node) : node;
}

function formatted(name, date) {
  if (name === "date_num") return dayNumber(date);
  if (name === "ago") return ago(date);
  const base = name.replace(/_pretty$/, "");
  if (name.endsWith("_pretty")) {
    const near = dayName(date.getTime() / 1000);
    if (near === "Today" || near === "Yesterday") return near.toLowerCase();
  }
  const form = FORMS[name] ?? FORMS[base];
  return form ? date.toLocaleString("en-US", form) : null;
}

/** 2026-11-21 */
function dayNumber(date) {
  return date.toLocaleDateString("en-CA", FORMS.date_num);
}

function ago(date, now = Date.now()) {
  const seconds = Math.round((date.getTime() - now) / 1000);
  const [unit, size] = [
    ["day", 86_400],
    ["hour", 3600],
    ["minute", 60],
    ["second", 1],
  ].find(([, each]) => Math.abs(seconds) >= each) ?? ["second", 1];
  return new Intl.RelativeTimeFormat("en-US", { numeric: "auto" }).format(Math.round(seconds / size), unit);
}
