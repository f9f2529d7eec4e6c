/** A month to pick a day from: arrows move by days, Page Up and Down by months. Days are "YYYY-MM-DD". */

import { h } from "./dom.js";
import { icon } from "./icons.js";
import { openPopover } from "./overlay.js";

const WEEKDAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const monthName = new Intl.DateTimeFormat("en-US", { month: "long", year: "numeric", timeZone: "UTC" });
const dayName = new Intl.DateTimeFormat("en-US", { dateStyle: "full", timeZone: "UTC" });
const shortName = new Intl.DateTimeFormat("en-US", { dateStyle: "long", timeZone: "UTC" });
const STEPS = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -7, ArrowDown: 7 };

/** November 21, 2026 */
export function dayInWords(day) {
  return shortName.format(dateOf(day));
}

export function today(now = new Date()) {
  return dayOf(new Date(Date.UTC(now.getFullYear(), now.getMonth(), now.getDate())));
}

/** Open the month of `day` at `anchor`; `choose(day)` takes one. */
export function openCalendar(anchor, day, choose) {
  let shown = day ?? today();
  const grid = h("div", { class: "calendar-days", role: "grid" });
  const title = h("div", { class: "calendar-title", "aria-live": "polite" });
  const pick = (chosen) => {
    close();
    choose(chosen);
  };
  const show = (focus = true) => {
    title.textContent = monthName.format(dateOf(shown));
    grid.setAttribute("aria-label", title.textContent);
    grid.replaceChildren(...weekNodes(shown, day, pick));
    if (focus) grid.querySelector("[tabindex='0']").focus();
  };
  const turn = (months) => {
    shown = monthsLater(shown, months);
    show(false);
  };
  grid.addEventListener("keydown", (event) => {
    const days = STEPS[event.key];
    const months = { PageUp: -1, PageDown: 1 }[event.key];
    if (!days && !months) return;
    event.preventDefault();
    shown = days ? daysLater(shown, days) : monthsLater(shown, months);
    show();
  });
  const button = (label, name, months) =>
    h(
      "button",
      { type: "button", class: "icon-button", "aria-label": label, on: { click: () => turn(months) } },
      icon(name),
    );
  const content = h(
    "div",
    { class: "calendar", role: "dialog", "aria-label": "Choose a date" },
    h(
      "div",
      { class: "calendar-head" },
      button("Previous month", "back", -1),
      title,
      button("Next month", "forward", 1),
    ),
    grid,
  );
  show(false);
  const close = openPopover(anchor, content, { className: "calendar-popover" });
  grid.querySelector("[tabindex='0']").focus();
}

function weekNodes(shown, chosen, pick) {
  const first = dateOf(`${shown.slice(0, 8)}01`);
  const start = daysLater(dayOf(first), -first.getUTCDay());
  const head = h(
    "div",
    { class: "calendar-week", role: "row" },
    WEEKDAYS.map((name) => h("span", { class: "calendar-weekday", role: "columnheader" }, name)),
  );
  const weeks = [0, 1, 2, 3, 4, 5].map((week) =>
    h(
      "div",
      { class: "calendar-week", role: "row" },
      [0, 1, 2, 3, 4, 5, 6].map((weekday) =>
        dayNode(daysLater(start, 7 * week + weekday), shown, chosen, pick),
      ),
    ),
  );
  return [head, ...weeks];
}

function dayNode(day, shown, chosen, pick) {
  const classes = [
    "calendar-day",
    day.slice(0, 7) !== shown.slice(0, 7) && "outside",
    day === today() && "today",
    day === chosen && "chosen",
  ];
  return h(
    "button",
    {
      type: "button",
      class: classes.filter(Boolean).join(" "),
      role: "gridcell",
      tabindex: day === shown ? 0 : -1,
      "aria-label": dayName.format(dateOf(day)),
      "aria-selected": String(day === chosen),
      on: { click: () => pick(day) },
    },
    String(Number(day.slice(8))),
  );
}

function dateOf(day) {
  return new Date(`${day}T00:00:00Z`);
}

function dayOf(date) {
  return date.toISOString().slice(0, 10);
}

function daysLater(day, days) {
  const date = dateOf(day);
  date.setUTCDate(date.getUTCDate() + days);
  return dayOf(date);
}

/** The same day of another month, or that month's last. */
function monthsLater(day, months) {
  const date = dateOf(`${day.slice(0, 8)}01`);
  date.setUTCMonth(date.getUTCMonth() + months);
  const last = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();
  date.setUTCDate(Math.min(Number(day.slice(8)), last));
  return dayOf(date);
}
