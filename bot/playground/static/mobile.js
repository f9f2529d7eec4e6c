/** Small screens show one thing at a time, as Slack's app does: the list of places, a place, or a thread. */

import { h } from "./dom.js";
import { icon } from "./icons.js";

const narrow = matchMedia("(max-width: 700px)");

export function isNarrow() {
  return narrow.matches;
}

/** The way back from a place to the list; wide screens hide it, they show both. */
export function backButton(store) {
  return h(
    "button",
    {
      type: "button",
      class: "icon-button back-button",
      "aria-label": "Back to channels",
      on: { click: () => store.emit("list", true) },
    },
    icon("back"),
  );
}
