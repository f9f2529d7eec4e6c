/** Date, time and both: buttons that say what is chosen and open a calendar or a list of times. */

import { dayInWords, openCalendar, today } from "./calendar.js";
import { h, uniqueId } from "./dom.js";
import { described } from "./fields.js";
import { icon } from "./icons.js";
import { listedOptions, openOptions } from "./options.js";

const SLOT_MINUTES = 30;
const NOON = "12:00";
const clock = new Intl.DateTimeFormat("en-US", { hour: "numeric", minute: "2-digit", timeZone: "UTC" });

export function renderDatePicker(block, element, surface, wiring) {
  const field = heldField(block, element, surface, wiring);
  const button = pickerButton("calendar", element.placeholder?.text ?? "Select a date", wiring, (anchor) =>
    openCalendar(anchor, field.read(), async (day) => {
      await field.take(day, anchor);
      show();
    }),
  );
  const show = () => button.say(field.read() && dayInWords(field.read()));
  show();
  return h("div", { class: "field-holder picker-holder" }, button.node);
}

export function renderTimePicker(block, element, surface, wiring) {
  const field = heldField(block, element, surface, wiring);
  const button = pickerButton("clock", element.placeholder?.text ?? "Select a time", wiring, (anchor) =>
    openTimes(anchor, field.read(), async (time) => {
      await field.take(time, anchor);
      show();
    }),
  );
  const show = () => button.say(field.read() && timeInWords(field.read()));
  show();
  return h("div", { class: "field-holder picker-holder" }, button.node);
}

/** A day and a time in the reader's own zone, held as seconds since 1970. */
export function renderDateTimePicker(block, element, surface, wiring) {
  const field = heldField(block, element, surface, wiring);
  const parts = () => partsOf(field.read());
  const take = async (day, time, anchor) => {
    await field.take(secondsOf(day, time), anchor);
    show();
  };
  const date = pickerButton("calendar", "Select a date", wiring, (anchor) =>
    openCalendar(anchor, parts()?.day ?? null, (day) => take(day, parts()?.time ?? NOON, anchor)),
  );
  const time = pickerButton("clock", "Select a time", wiring, (anchor) =>
    openTimes(anchor, parts()?.time ?? null, (chosen) => take(parts()?.day ?? today(), chosen, anchor)),
  );
  const show = () => {
    date.say(parts() && dayInWords(parts().day));
    time.say(parts() && timeInWords(parts().time));
  };
  show();
  return h("div", { class: "field-holder picker-holder pair" }, date.node, time.node);
}

/** What the element holds; `take` tells the app where it wants to know, and undoes what a person declines. */
function heldField(block, element, surface, wiring) {
  const { form } = surface;
  const read = () => form.read(block.block_id, element);
  const take = async (value, control) => {
    const before = read();
    const action = form.write(block.block_id, element, value);
    const answer = wiring.dispatches ? await surface.use(block, element, action, control) : null;
    if (answer?.error === "declined") form.write(block.block_id, element, before);
  };
  return { read, take };
}

function pickerButton(iconName, placeholder, wiring, open) {
  const label = h("span", { class: "select-label", id: uniqueId("picked") });
  const node = h(
    "button",
    {
      type: "button",
      class: "select picker",
      "aria-haspopup": "dialog",
      ...described(wiring),
      "aria-labelledby": [wiring.labelId, label.id].filter(Boolean).join(" "),
      on: { click: () => open(node) },
    },
    icon(iconName),
    label,
    icon("chevron"),
  );
  const say = (words) => {
    label.textContent = words || placeholder;
    label.classList.toggle("placeholder", !words);
  };
  return { node, say };
}

function openTimes(anchor, current, choose) {
  const times = Array.from({ length: (24 * 60) / SLOT_MINUTES }, (_, slot) => timeAt(slot * SLOT_MINUTES));
  const options = [...new Set(current ? [...times, current] : times)].sort().map((time) => ({
    value: time,
    text: timeInWords(time),
    held: time,
    group: null,
  }));
  const listed = listedOptions(options);
  const find = async (typed) => {
    const exact = readTime(typed);
    const found = await listed.find(typed);
    const known = found.some((option) => option.value === exact);
    return exact && !known
      ? [{ value: exact, text: timeInWords(exact), held: exact, group: null }, ...found]
      : found;
  };
  openOptions(
    anchor,
    { ...listed, find },
    {
      isChosen: (option) => option.value === current,
      choose: (option) => choose(option.held),
      label: "Times",
    },
  );
}

/** "9:05 pm", "21:05" or "9 pm" as 21:05; null for anything else. */
function readTime(typed) {
  const [, hours, minutes = "00", half] =
    typed.toLowerCase().match(/^(\d{1,2})(?::(\d{2}))?\s*(am|pm)?$/) ?? [];
  if (hours === undefined || Number(minutes) > 59 || Number(hours) > (half ? 12 : 23)) return null;
  if (!half && !typed.includes(":")) return null;
  const hour = half ? (Number(hours) % 12) + (half === "pm" ? 12 : 0) : Number(hours);
  return timeAt(hour * 60 + Number(minutes));
}

function timeAt(minutes) {
  const two = (value) => String(value).padStart(2, "0");
  return `${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}

function timeInWords(time) {
  return clock.format(new Date(`1970-01-01T${time}:00Z`));
}

function partsOf(seconds) {
  if (seconds === null) return null;
  const date = new Date(seconds * 1000);
  return { day: today(date), time: timeAt(date.getHours() * 60 + date.getMinutes()) };
}

function secondsOf(day, time) {
  return Math.floor(new Date(`${day}T${time}:00`).getTime() / 1000);
}
