/** The pills under a message. */

import { h } from "./dom.js";
import { characterOf } from "./emoji.js";
import { openEmojiPicker } from "./emoji_picker.js";
import { icon } from "./icons.js";

/** Pills with counts, the acting person's own highlighted, and a button to add one. */
export function reactionNodes(message, { store, actions }) {
  if (message.reactions.length === 0) return [];
  const pills = message.reactions.map((reaction) => pill(message, reaction, store, actions));
  const pick = () => openEmojiPicker(add, (name) => actions.react(message, name));
  const add = h("button", { type: "button", class: "reaction add", "aria-label": "Add reaction", "data-tip": "Add reaction…", on: { click: pick } }, icon("emoji_add"));
  return [h("div", { class: "reactions", role: "group", "aria-label": "Reactions" }, pills, add)];
}

function pill(message, reaction, store, actions) {
  const mine = reaction.users.includes(store.me);
  const button = h("button", {
    type: "button", class: `reaction${mine ? " mine" : ""}`, "aria-pressed": String(mine), "data-tip": reaction.name, dataset: { reaction: reaction.name },
    "aria-label": `${reaction.count} ${reaction.count === 1 ? "reaction" : "reactions"}, ${reaction.name}: ${whoReacted(reaction, store)}`,
    on: { click: () => actions.toggleReaction(message, reaction.name) },
  }, h("span", { class: "emoji" }, characterOf(reaction.name) ?? `:${reaction.name}:`), h("span", { class: "reaction-count" }, String(reaction.count)));
  button.tipContent = () => h("span", { class: "reaction-tip" },
    h("span", { class: "reaction-tip-emoji" }, characterOf(reaction.name) ?? ""),
    h("span", null, h("strong", null, whoReacted(reaction, store)), ` reacted with :${reaction.name}:`));
  return button;
}

/** You, Ada and Ben */
function whoReacted(reaction, store) {
  const others = reaction.users.filter((user) => user !== store.me).map((user) => store.userName(user));
  const names = others.length < reaction.users.length ? ["You", ...others] : others;
  return new Intl.ListFormat("en", { type: "conjunction" }).format(names);
}
