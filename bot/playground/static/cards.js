/** Cards and rows of cards. A card stands by itself: its buttons belong to its own block id. */

import { h } from "./dom.js";
import { renderElement } from "./elements.js";
import { imageNode } from "./files.js";
import { icon } from "./icons.js";
import { textNodes } from "./mrkdwn.js";

/** Slack's own icons by the names that cards use, drawn with the nearest of ours. */
const NEAREST = {
  bot: "apps",
  calendar: "calendar",
  check: "check",
  code: "code",
  comment: "thread",
  copy: "copy",
  download: "download",
  edit: "compose",
  email: "direct",
  "eye-open": "eye",
  file: "file",
  info: "info",
  key: "lock",
  plus: "add",
  sparkle: "sun",
  "thumbs-down": "thumb_down",
  "thumbs-up": "thumb_up",
  trash: "trash",
  upload: "upload",
  warning: "warning",
};

const stillness = matchMedia("(prefers-reduced-motion: reduce)");

export function renderCard(block, surface) {
  const { store } = surface;
  const line = (name, text) => (text ? h("div", { class: name }, textNodes(text, store)) : null);
  const mark = block.icon
    ? imageNode("card-icon", block.icon)
    : block.slack_icon
      ? h("span", { class: "card-icon drawn" }, icon(NEAREST[block.slack_icon.name] ?? "file"))
      : null;
  return h(
    "article",
    { class: "block card" },
    block.hero_image ? imageNode("card-hero", block.hero_image) : null,
    h(
      "div",
      { class: "card-body" },
      mark || block.title || block.subtitle
        ? h(
            "div",
            { class: "card-head" },
            mark,
            h("div", null, line("card-title", block.title), line("card-subtitle", block.subtitle)),
          )
        : null,
      line("card-text", block.body),
      line("card-subtext", block.subtext),
    ),
    block.actions ? cardActions(block, surface) : null,
  );
}

/** Dangerous ones at the left, the primary one at the far right. */
function cardActions(block, surface) {
  const rank = { danger: 0, primary: 2 };
  const ordered = [...block.actions].sort((a, b) => (rank[a.style] ?? 1) - (rank[b.style] ?? 1));
  return h(
    "div",
    { class: "card-actions" },
    ordered.map((element) => renderElement(block, element, surface, { dispatches: true })),
  );
}

export function renderCarousel(block, surface) {
  const track = h(
    "div",
    { class: "carousel-track", tabindex: 0, role: "group", "aria-label": `${block.elements.length} cards` },
    block.elements.map((card) => renderCard(card, surface)),
  );
  const turn = (direction) =>
    track.scrollBy({
      left: direction * track.clientWidth * 0.8,
      behavior: stillness.matches ? "auto" : "smooth",
    });
  const button = (label, name, direction) =>
    h(
      "button",
      {
        type: "button",
        class: `carousel-button ${name}`,
        "aria-label": label,
        on: { click: () => turn(direction) },
      },
      icon(name),
    );
  const back = button("Previous cards", "back", -1);
  const forward = button("Next cards", "forward", 1);
  const mark = () => {
    back.hidden = track.scrollLeft < 8;
    forward.hidden = track.scrollLeft + track.clientWidth > track.scrollWidth - 8;
  };
  track.addEventListener("scroll", mark);
  new ResizeObserver(mark).observe(track);
  return h("div", { class: "block carousel" }, back, track, forward);
}
