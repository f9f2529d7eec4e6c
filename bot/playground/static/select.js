/** Selects as Slack has them: a button that opens a searchable list. */

import { h, uniqueId } from "./dom.js";
import { described } from "./fields.js";
import { icon } from "./icons.js";
import { renderPlain } from "./mrkdwn.js";
import { openPopover } from "./overlay.js";

const SEARCHABLE_FROM = 8;

/** One choice: static options, people or channels. */
export function renderSelect(block, element, surface, wiring) {
  const { form, store } = surface;
  const options = optionsOf(element, store);
  const label = h("span", { class: "select-label", id: uniqueId("chosen") });
  const show = () => {
    const chosen = options.find(
      (option) => option.value === valueOf(element, form.read(block.block_id, element)),
    );
    label.replaceChildren(
      ...(chosen ? renderPlain(chosen.text) : [element.placeholder?.text ?? "Select an item"]),
    );
    label.classList.toggle("placeholder", !chosen);
  };
  const choose = (option) => {
    const action = form.write(block.block_id, element, option.held);
    show();
    if (wiring.dispatches) surface.use(block, element, action, button);
  };
  const current = () => valueOf(element, form.read(block.block_id, element));
  const open = () =>
    openList(button, options, {
      isChosen: (option) => option.value === current(),
      choose,
      label: element.placeholder?.text,
    });
  const button = selectButton(label, open, wiring);
  show();
  return h("div", { class: "field-holder select-holder" }, button);
}

/** Several choices, shown as tags in the button. */
export function renderMultiSelect(block, element, surface, wiring) {
  const { form, store } = surface;
  const options = optionsOf(element, store);
  const held = () => form.read(block.block_id, element);
  const label = h("span", { class: "select-label", id: uniqueId("chosen") });
  const show = () => {
    const tags = held().map((option) => h("span", { class: "tag" }, renderPlain(option.text.text)));
    label.replaceChildren(...(tags.length ? tags : [element.placeholder?.text ?? "Select options"]));
    label.classList.toggle("placeholder", tags.length === 0);
  };
  const isChosen = (option) => held().some((each) => each.value === option.value);
  const choose = (option) => {
    const rest = held().filter((each) => each.value !== option.value);
    const action = form.write(block.block_id, element, isChosen(option) ? rest : [...rest, option.held]);
    show();
    if (wiring.dispatches) surface.use(block, element, action, button);
  };
  const open = () =>
    openList(button, options, { isChosen, choose, several: true, label: element.placeholder?.text });
  const button = selectButton(label, open, wiring);
  show();
  return h("div", { class: "field-holder select-holder" }, button);
}

function selectButton(label, open, wiring) {
  const labelledby = [wiring.labelId, label.id].filter(Boolean).join(" ");
  const button = h(
    "button",
    {
      type: "button",
      class: "select",
      "aria-haspopup": "listbox",
      ...described(wiring),
      "aria-labelledby": labelledby,
      on: { click: open },
    },
    label,
    icon("chevron"),
  );
  button.addEventListener("keydown", (event) => {
    if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
    event.preventDefault();
    open();
  });
  return button;
}

function optionsOf(element, store) {
  const stated = (option, group = null) => ({
    value: option.value,
    text: option.text.text,
    description: option.description?.text,
    held: option,
    group,
  });
  switch (element.type) {
    case "users_select":
      return [...store.users.values()].map((user) => ({
        value: user.id,
        text: store.userName(user.id),
        held: user.id,
        group: null,
      }));
    case "channels_select":
    case "conversations_select":
      return [...store.channels.values()].map((channel) => ({
        value: channel.id,
        text: `#${store.channelName(channel)}`,
        held: channel.id,
        group: null,
      }));
    default:
      return (
        element.options?.map((option) => stated(option)) ??
        (element.option_groups ?? []).flatMap((group) =>
          group.options.map((option) => stated(option, group.label.text)),
        )
      );
  }
}

function valueOf(element, held) {
  return held !== null && typeof held === "object" ? held.value : held;
}

function openList(anchor, options, { isChosen, choose, several = false, label = "Options" }) {
  const list = h("div", {
    class: "options",
    role: "listbox",
    id: uniqueId("options"),
    "aria-multiselectable": several || null,
  });
  const search = h("input", {
    class: "options-search",
    role: "combobox",
    "aria-expanded": "true",
    "aria-controls": list.id,
    "aria-label": `Search: ${label}`,
    placeholder: "Search",
    autocomplete: "off",
  });
  let shown = [];
  let active = Math.max(0, options.findIndex(isChosen));
  const pick = (option) => {
    choose(option);
    if (several) render();
    else close();
  };
  const render = () => {
    const wanted = search.value.trim().toLowerCase();
    shown = options.filter((option) => option.text.toLowerCase().includes(wanted));
    active = Math.min(active, Math.max(0, shown.length - 1));
    list.replaceChildren(...optionRows(shown, { active, isChosen, pick, idPrefix: list.id }));
    search.setAttribute("aria-activedescendant", shown.length ? `${list.id}-${active}` : "");
    list.querySelector(".active")?.scrollIntoView({ block: "nearest" });
  };
  search.addEventListener("input", () => {
    active = 0;
    render();
  });
  search.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) active = (active + step + shown.length) % Math.max(1, shown.length);
    else if (event.key === "Home" || event.key === "End")
      active = event.key === "Home" ? 0 : shown.length - 1;
    else if (event.key === "Enter" && shown[active]) pick(shown[active]);
    else if (event.key !== "Tab") return;
    if (event.key === "Tab") close();
    else event.preventDefault();
    render();
  });
  const close = openPopover(
    anchor,
    h("div", { class: options.length < SEARCHABLE_FROM ? "search-hidden" : "" }, search, list),
    { className: "select-popover" },
  );
  render();
  search.focus();
}

function optionRows(options, { active, isChosen, pick, idPrefix }) {
  if (options.length === 0) return [h("div", { class: "options-none" }, "No matches")];
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
