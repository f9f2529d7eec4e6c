/** The pills under a message. */

import { h, reconcile, setAttribute } from "./dom.js";
import { characterOf } from "./emoji.js";
import { openEmojiPicker } from "./emoji_picker.js";
import { icon } from "./icons.js";

const ADD = { name: "add a reaction" };

/** Show pills with counts, the acting person's own highlighted, and a button to add one. */
export function showReactions(holder, message, { store, actions }) {
  const { reactions } = message;
  const items = reactions.length ? [...reactions, ADD] : [];
  const create = (item) => (item === ADD ? addButton(message, actions) : pill(message, item, actions));
  reconcile(
    holder,
    items,
    ({ name }) => name,
    create,
    (button, item) => item !== ADD && updatePill(button, item, store),
  );
}

function addButton(message, actions) {
  const pick = () => openEmojiPicker(button, (name) => actions.react(message, name));
  const button = h(
    "button",
    {
      type: "button",
      class: "reaction add",
      "aria-label": "Add reaction",
      "data-tip": "Add reaction…",
      on: { click: pick },
    },
    icon("emoji_add"),
  );
  return button;
}

function pill(message, { name }, actions) {
  return h(
    "button",
    {
      type: "button",
      "data-tip": name,
      dataset: { reaction: name },
      on: { click: () => actions.toggleReaction(message, name) },
    },
    h("span", { class: "emoji" }, characterOf(name) ?? `:${name}:`),
    h("span", { class: "reaction-count" }),
  );
}

/** The pill itself stays, so that the focus stays on it. */
function updatePill(button, { name, users, count }, store) {
  const mine = users.includes(store.me);
  const who = whoReacted(users, store);
  button.className = `reaction${mine ? " mine" : ""}`;
  setAttribute(button, "aria-pressed", String(mine));
  setAttribute(button, "aria-label", `${count} ${count === 1 ? "reaction" : "reactions"}, ${name}: ${who}`);
  button.lastChild.textContent = String(count);
  button.tipContent = () =>
    h(
      "span",
      { class: "reaction-tip" },
      h("span", { class: "reaction-tip-emoji" }, characterOf(name) ?? ""),
      h("span", null, h("strong", null, who), ` reacted with :${name}:`),
    );
}

/** You, Ada and Ben */
function whoReacted(users, store) {
  const others = users.filter((user) => user !== store.me).map((user) => store.userName(user));
  const names = others.length < users.length ? ["You", ...others] : others;
  return new Intl.ListFormat("en", { type: "conjunction" }).format(names);
}
