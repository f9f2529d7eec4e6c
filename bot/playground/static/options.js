/** The list of options under a menu: searched by what is typed, walked with the arrows. */

import { h, uniqueId } from "./dom.js";
import { icon } from "./icons.js";
import { renderPlain } from "./mrkdwn.js";
import { openPopover } from "./overlay.js";

const SEARCHABLE_FROM = 8;
const TYPING_MS = 250;

/** A source of options that are known: filtered here, as one types. */
export function listedOptions(options) {
  return {
    searchable: options.length >= SEARCHABLE_FROM,
    initial: options,
    find: async (wanted) =>
      options.filter((option) => option.text.toLowerCase().includes(wanted.toLowerCase())),
  };
}

/**
 * A source of options that somebody else knows. `ask(typed)` resolves to options, or to null when
 * nobody answered; it is asked once `least` characters are typed and the person pauses.
 */
export function askedOptions(ask, least) {
  return {
    searchable: true,
    initial: [],
    hint: `Type ${least === 1 ? "a character" : `${least} characters`} or more to search`,
    least,
    find: ask,
  };
}

/** Open the list at `anchor`. `choose(option)` takes one; with `several` the list stays open. */
export function openOptions(anchor, source, { isChosen, choose, several = false, label = "Options" }) {
  const list = h("div", {
    class: "options",
    role: "listbox",
    id: uniqueId("options"),
    "aria-label": label,
    "aria-multiselectable": several || null,
  });
  const search = h("input", {
    class: "options-search",
    role: "combobox",
    "aria-expanded": "true",
    "aria-controls": list.id,
    "aria-autocomplete": "list",
    "aria-label": `Search: ${label}`,
    placeholder: "Search",
    autocomplete: "off",
  });
  const view = { shown: source.initial, active: Math.max(0, source.initial.findIndex(isChosen)), note: null };
  const pick = (option) => {
    choose(option);
    if (several) render();
    else close();
  };
  const render = () => {
    view.active = Math.min(view.active, Math.max(0, view.shown.length - 1));
    const rows = optionRows(view.shown, { active: view.active, isChosen, pick, idPrefix: list.id });
    list.replaceChildren(...(view.note ? [h("div", { class: "options-none" }, view.note)] : rows));
    search.setAttribute("aria-activedescendant", view.shown.length ? `${list.id}-${view.active}` : "");
    list.querySelector(".active")?.scrollIntoView({ block: "nearest" });
  };
  const look = searcher(source, view, render);
  search.addEventListener("input", () => look(search.value.trim()));
  search.addEventListener("keydown", (event) => {
    if (!moveInList(event, view, pick, () => close())) return;
    event.preventDefault();
    render();
  });
  const close = openPopover(
    anchor,
    h("div", { class: source.searchable ? "" : "search-hidden" }, search, list),
    { className: "select-popover" },
  );
  look("");
  search.focus();
}

/** Looks for what was typed last; answers to earlier typing are dropped. */
function searcher(source, view, render) {
  let latest = 0;
  const settle = (shown, note) => {
    Object.assign(view, { shown, note });
    render();
  };
  return async (wanted) => {
    const mine = ++latest;
    if (source.least !== undefined) {
      if (wanted.length < source.least) return settle([], source.hint);
      settle([], "Loading…");
      await new Promise((resolve) => setTimeout(resolve, wanted ? TYPING_MS : 0));
      if (mine !== latest) return;
    }
    const found = await source.find(wanted);
    if (mine !== latest) return;
    if (wanted) view.active = 0;
    settle(
      found ?? [],
      found ? (found.length ? null : "No results") : "The app didn’t answer. Type again to retry.",
    );
  };
}

/** Whether the key was the list's. */
function moveInList(event, view, pick, close) {
  const { shown } = view;
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step) view.active = (view.active + step + shown.length) % Math.max(1, shown.length);
  else if (event.key === "Home" || event.key === "End")
    view.active = event.key === "Home" ? 0 : shown.length - 1;
  else if (event.key === "Enter") shown[view.active] && pick(shown[view.active]);
  else {
    if (event.key === "Tab") close();
    return false;
  }
  return true;
}

function optionRows(options, { active, isChosen, pick, idPrefix }) {
  let group = null;
  return options.flatMap((option, index) => {
    const head =
      option.group && option.group !== group
        ? [h("div", { class: "options-group", role: "presentation" }, option.group)]
        : [];
    group = option.group;
    const row = h(
      "div",
      {
        class: `option${index === active ? " active" : ""}`,
        role: "option",
        id: `${idPrefix}-${index}`,
        "aria-selected": String(isChosen(option)),
        on: { pointerdown: (event) => event.preventDefault(), click: () => pick(option) },
      },
      option.mark?.(),
      h(
        "span",
        { class: "option-text" },
        renderPlain(option.text),
        option.description ? h("span", { class: "choice-description" }, option.description) : null,
      ),
      isChosen(option) ? icon("check") : null,
    );
    return [...head, row];
  });
}
