/** Changing what one has said, in its place: Enter saves, Escape leaves it as it was. */

import { h } from "./dom.js";
import { characterOf } from "./emoji.js";
import { unescapeText } from "./mrkdwn.js";

/** Open the editor in a message's row. */
export function openEditor(row, { store, actions }) {
  const { message, parts } = row;
  const before = typedForm(message.text, store);
  const field = h("textarea", { class: "composer-field", rows: 1, "aria-label": "Edit message" });
  field.value = before;
  const fit = () => {
    field.style.height = "auto";
    field.style.height = `${field.scrollHeight}px`;
  };
  const close = () => {
    editor.remove();
    parts.text.hidden = false;
    row.focus();
  };
  const save = async () => {
    const text = field.value.trim();
    if (!text) return field.focus();
    if (text === before || (await actions.edit(message, text))) close();
  };
  field.addEventListener("input", fit);
  field.addEventListener("keydown", (event) => {
    event.stopPropagation();
    if (event.isComposing || !["Escape", "Enter"].includes(event.key) || event.shiftKey) return;
    event.preventDefault();
    if (event.key === "Escape") close();
    else save();
  });
  const button = (label, style, run) =>
    h("button", { type: "button", class: `button ${style}`, on: { click: run } }, label);
  const editor = h(
    "div",
    { class: "composer message-editor" },
    field,
    h("div", { class: "message-editor-foot" }, button("Cancel", "", close), button("Save", "primary", save)),
  );
  parts.text.hidden = true;
  parts.text.after(editor);
  fit();
  field.focus();
}

/** The text as one would type it: names for references, characters for emoji. */
function typedForm(text, store) {
  const named = text
    .replace(/<@(\w+)(?:\|[^>]*)?>/g, (all, id) => `@${store.userName(id)}`)
    .replace(/<#(\w+)\|?([^>]*)>/g, (all, id, name) => `#${store.channels.get(id)?.name ?? name}`)
    .replace(/<!(here|channel|everyone)>/g, "@$1")
    .replace(/<(?:mailto:)?([^>|]+)(?:\|[^>]*)?>/g, "$1")
    .replace(/:([a-z0-9_+'-]+(?:::skin-tone-[2-6])?):/g, (all, name) => characterOf(name) ?? all);
  return unescapeText(named);
}
