/** Menus of one or several choices, whatever offers them: the app's list, its answers, the workspace. */

import { avatar } from "./avatar.js";
import { h, uniqueId } from "./dom.js";
import { described } from "./fields.js";
import { icon } from "./icons.js";
import { renderPlain } from "./mrkdwn.js";
import { askedOptions, listedOptions, openOptions } from "./options.js";

const LEAST_QUERY = 3;

/** One choice, shown in the button. */
export function renderSelect(block, element, surface, wiring) {
  const { form, store } = surface;
  const label = h("span", { class: "select-label", id: uniqueId("chosen") });
  const held = () => form.read(block.block_id, element);
  const show = () => {
    const chosen = optionOf(element, held(), store);
    label.replaceChildren(
      ...(chosen ? renderPlain(chosen.text) : [element.placeholder?.text ?? "Select an item"]),
    );
    label.classList.toggle("placeholder", !chosen);
  };
  const choose = async (option) => {
    const before = held();
    const action = form.write(block.block_id, element, option.held);
    show();
    const answer = wiring.dispatches && (await surface.use(block, element, action, button));
    if (answer?.error !== "declined") return;
    form.write(block.block_id, element, before);
    show();
  };
  const open = () =>
    openOptions(button, sourceOf(block, element, surface), {
      isChosen: (option) => option.value === valueOf(held()),
      choose,
      label: element.placeholder?.text,
    });
  const button = selectButton(label, open, wiring, element);
  const here = currentConversation(element, store);
  if (here && held() === null) form.write(block.block_id, element, here);
  show();
  return h("div", { class: "field-holder select-holder" }, button);
}

/** Where the person is, for a menu that wants to begin there. */
function currentConversation(element, store) {
  const wanted = element.default_to_current_conversation === true && store.place?.kind === "channel";
  return wanted ? store.place.id : null;
}

/** Several choices, each a tag in the button that can be taken out again. */
export function renderMultiSelect(block, element, surface, wiring) {
  const { form, store } = surface;
  const label = h("span", { class: "select-label tags", id: uniqueId("chosen") });
  const most = element.max_selected_items ?? Number.POSITIVE_INFINITY;
  const held = () => form.read(block.block_id, element);
  const isChosen = (option) => held().some((each) => valueOf(each) === option.value);
  const show = () => {
    const chosen = held().map((each) => optionOf(element, each, store));
    const tags = chosen.map((option) => tag(option, () => take(option)));
    label.replaceChildren(...(tags.length ? tags : [element.placeholder?.text ?? "Select options"]));
    label.classList.toggle("placeholder", tags.length === 0);
  };
  const take = async (option) => {
    const before = held();
    const rest = before.filter((each) => valueOf(each) !== option.value);
    const adds = rest.length === before.length;
    if (adds && before.length >= most) return;
    const action = form.write(block.block_id, element, adds ? [...before, option.held] : rest);
    show();
    const answer = wiring.dispatches && (await surface.use(block, element, action, button));
    if (answer?.error !== "declined") return;
    form.write(block.block_id, element, before);
    show();
  };
  const open = () =>
    openOptions(button, sourceOf(block, element, surface), {
      isChosen,
      choose: take,
      several: true,
      label: element.placeholder?.text,
    });
  const button = selectButton(label, open, wiring, element);
  const here = currentConversation(element, store);
  if (here && held().length === 0) form.write(block.block_id, element, [here]);
  show();
  return h("div", { class: "field-holder select-holder" }, button);
}

function tag(option, remove) {
  const press = (event) => {
    event.stopPropagation();
    remove();
  };
  return h(
    "span",
    { class: "tag" },
    h("span", { class: "tag-text" }, renderPlain(option.text)),
    h(
      "span",
      { class: "tag-remove", "data-tip": `Remove ${option.text}`, on: { click: press } },
      icon("close"),
    ),
  );
}

function selectButton(label, open, wiring, element) {
  const labelledby = [wiring.labelId, label.id].filter(Boolean).join(" ");
  const button = h(
    "button",
    {
      type: "button",
      class: "select",
      autofocus: element.focus_on_load === true,
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

/** Where the options come from. */
function sourceOf(block, element, surface) {
  const { store } = surface;
  if (element.type.endsWith("external_select")) {
    const ask = async (typed) => {
      const answer = await surface.suggest(block, element, typed);
      return answer.ok ? statedOptions(answer) : null;
    };
    return askedOptions(ask, element.min_query_length ?? LEAST_QUERY);
  }
  if (element.type.endsWith("users_select"))
    return listedOptions([...store.users.values()].map((user) => optionOf(element, user.id, store)));
  if (/(channels|conversations)_select$/.test(element.type)) {
    const kinds = kindsOf(element);
    const channels = [...store.channels.values()].filter((channel) => kinds.has(channel.kind));
    return listedOptions(channels.map((channel) => optionOf(element, channel.id, store)));
  }
  return listedOptions(statedOptions(element));
}

function kindsOf(element) {
  if (element.type.endsWith("channels_select")) return new Set(["channel"]);
  const include = element.filter?.include;
  if (!include) return new Set(["channel", "im"]);
  return new Set(include.map((name) => (name === "public" || name === "private" ? "channel" : name)));
}

function statedOptions({ options, option_groups: groups }) {
  return (
    options?.map((option) => stated(option)) ??
    (groups ?? []).flatMap((group) => group.options.map((option) => stated(option, group.label.text)))
  );
}

function stated(option, group = null) {
  return {
    value: option.value,
    text: option.text.text,
    description: option.description?.text,
    held: option,
    group,
  };
}

/** What an element holds, as its list shows it; null for nothing. */
function optionOf(element, held, store) {
  if (held === null) return null;
  if (typeof held === "object") return stated(held);
  if (element.type.endsWith("users_select"))
    return { value: held, text: store.userName(held), held, mark: () => avatar(store.user(held), "tiny") };
  const channel = store.channels.get(held);
  const direct = channel?.kind === "im";
  const name = channel ? store.channelName(channel) : held;
  return {
    value: held,
    text: direct ? name : `#${name}`,
    held,
    mark: direct ? () => avatar(store.user(channel.with), "tiny") : undefined,
  };
}

function valueOf(held) {
  return held !== null && typeof held === "object" ? held.value : held;
}
