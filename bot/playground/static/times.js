/** Times as Slack words them. A message's ts is seconds since 1970 with a serial after the dot. */

const clock = new Intl.DateTimeFormat("en-US", { hour: "numeric", minute: "2-digit" });
const weekday = new Intl.DateTimeFormat("en-US", { weekday: "long" });
const month = new Intl.DateTimeFormat("en-US", { month: "long" });

export function dateOf(ts) {
  return new Date(Number.parseFloat(ts) * 1000);
}

/** 10:32 AM */
export function timeOfDay(ts) {
  return clock.format(dateOf(ts));
}

/** 10:32, for the narrow gutter beside grouped messages. */
export function shortTime(ts) {
  return timeOfDay(ts).replace(/\s?[AP]M$/i, "");
}

/** A key that is equal for all messages of one local day. */
export function dayKey(ts) {
  return dateOf(ts).toDateString();
}

/** Today, Yesterday, or Monday, November 16th (with the year when it is another one). */
export function dayName(ts, now = new Date()) {
  const date = dateOf(ts);
  const yesterday = new Date(now);
  yesterday.setDate(now.getDate() - 1);
  if (date.toDateString() === now.toDateString()) return "Today";
  if (date.toDateString() === yesterday.toDateString()) return "Yesterday";
  const year = date.getFullYear() === now.getFullYear() ? "" : `, ${date.getFullYear()}`;
  return `${weekday.format(date)}, ${month.format(date)} ${ordinal(date.getDate())}${year}`;
}

/** Today at 10:32 AM, in full for tooltips and thread summaries. */
export function dayAndTime(ts) {
  return `${dayName(ts)} at ${timeOfDay(ts)}`;
}

function ordinal(day) {
  const teen = day % 100 >= 11 && day % 100 <= 13;
  const suffix = teen ? "th" : ({ 1: "st", 2: "nd", 3: "rd" }[day % 10] ?? "th");
  return `${day}${suffix}`;
}
