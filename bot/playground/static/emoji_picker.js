/** The emoji picker: search, groups, skin tones, arrow keys. */

import { h } from "./dom.js";
import {
  characterOf,
  emojiNamed,
  frequentNames,
  groups,
  preferredTone,
  preferTone,
  searchEmoji,
  tonedName,
} from "./emoji.js";
import { openPopover } from "./overlay.js";

const COLUMNS = 9;
const TONES = [null, "2", "3", "4", "5", "6"];

/** Open the picker beside `anchor`; `pick(name)` gets Slack's name, in the preferred skin tone. */
export function openEmojiPicker(anchor, pick, placing = {}) {
  const search = h("input", {
    class: "emoji-search",
    type: "search",
    placeholder: "Search all emoji",
    "aria-label": "Search all emoji",
    autocomplete: "off",
  });
  const grid = h("div", { class: "emoji-grid", role: "group", "aria-label": "Emoji" });
  const preview = h("div", { class: "emoji-preview" });
  const choose = (emoji) => {
    close();
    pick(tonedName(emoji));
  };
  const show = () => grid.replaceChildren(...(search.value.trim() ? found(search.value) : everything()));
  const panel = h(
    "div",
    { class: "emoji-panel", role: "dialog", "aria-label": "Emoji picker" },
    h("div", { class: "emoji-tabs" }, tabs(grid, search, show)),
    search,
    grid,
    h("footer", { class: "emoji-foot" }, preview, toneButtons(show)),
  );

  grid.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (button) choose(emojiNamed(button.dataset.name));
  });
  for (const type of ["pointerover", "focusin"])
    grid.addEventListener(type, (event) => showPreview(preview, event.target.closest("button")));
  grid.addEventListener("keydown", (event) => moveInGrid(event, grid, search));
  search.addEventListener("input", () => {
    show();
    showPreview(preview, grid.querySelector("button"));
  });
  search.addEventListener("keydown", (event) => {
    const first = grid.querySelector("button");
    if (event.key === "ArrowDown") first?.focus();
    else if (event.key === "Enter" && first) choose(emojiNamed(first.dataset.name));
    else return;
    event.preventDefault();
  });
  const close = openPopover(anchor, panel, {
    className: "emoji-popover",
    above: true,
    ...placing,
  });
  show();
  search.focus();
}

function everything() {
  const frequent = frequentNames().map(emojiNamed).filter(Boolean);
  return [section("Frequently used", frequent), ...groups.map(({ group, emoji }) => section(group, emoji))];
}

function found(typed) {
  const emoji = searchEmoji(typed);
  return emoji.length
    ? [section("Search results", emoji)]
    : [h("p", { class: "emoji-none" }, `No emoji is called “${typed}”.`)];
}

function section(title, emoji) {
  return h(
    "section",
    { class: "emoji-section", dataset: { title } },
    h("h3", { class: "emoji-title" }, title),
    h(
      "div",
      { class: "emoji-cells" },
      emoji.map((each) =>
        h(
          "button",
          {
            type: "button",
            class: "emoji-cell",
            "aria-label": each.name,
            dataset: { name: each.name },
            tabindex: -1,
          },
          characterOf(tonedName(each)),
        ),
      ),
    ),
  );
}

function tabs(grid, search, show) {
  const marks = {
    "Frequently used": "🕘",
    ...Object.fromEntries(groups.map(({ group, emoji }) => [group, emoji[0].character])),
  };
  const jump = (title) => () => {
    search.value = "";
    show();
    const target = [...grid.children].find((part) => part.dataset.title === title);
    grid.scrollTop = target.offsetTop - grid.offsetTop;
  };
  return Object.entries(marks).map(([title, mark]) =>
    h(
      "button",
      {
        type: "button",
        class: "emoji-tab",
        "aria-label": title,
        "data-tip": title,
        on: { click: jump(title) },
      },
      mark,
    ),
  );
}

function toneButtons(show) {
  const holder = h("div", { class: "emoji-tones", role: "radiogroup", "aria-label": "Skin tone" });
  const refresh = () => {
    for (const button of holder.children)
      button.setAttribute("aria-checked", String((button.dataset.tone || null) === preferredTone()));
  };
  const choose = (tone) => () => {
    preferTone(tone);
    refresh();
    show();
  };
  holder.append(
    ...TONES.map((tone) =>
      h(
        "button",
        {
          type: "button",
          class: "emoji-tone",
          role: "radio",
          dataset: { tone: tone ?? "" },
          "aria-label": tone ? `Skin tone ${tone}` : "No skin tone",
          on: { click: choose(tone) },
        },
        characterOf(tone ? `hand::skin-tone-${tone}` : "hand"),
      ),
    ),
  );
  refresh();
  return holder;
}

function showPreview(preview, button) {
  if (!button) return;
  preview.replaceChildren(
    h("span", { class: "emoji-large" }, button.textContent),
    h("span", { class: "emoji-name" }, `:${button.dataset.name}:`),
  );
}

function moveInGrid(event, grid, search) {
  const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: COLUMNS, ArrowUp: -COLUMNS }[event.key];
  if (!step) return;
  event.preventDefault();
  const cells = [...grid.querySelectorAll("button")];
  const next = cells.indexOf(document.activeElement) + step;
  if (next < 0) search.focus();
  else cells[Math.min(next, cells.length - 1)].focus();
}
