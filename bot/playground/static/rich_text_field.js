/** A field for formatted text: marks and lists by buttons and keys, held as Slack's rich_text. */

import { h } from "./dom.js";
import { described } from "./fields.js";
import { icon } from "./icons.js";
import { renderRichText } from "./rich_text.js";
import { richTextOf } from "./rich_text_reading.js";

const FORMATS = [
  ["bold", "Bold", "bold"],
  ["italic", "Italic", "italic"],
  ["strike", "Strikethrough", "strikeThrough"],
  ["number_list", "Ordered list", "insertOrderedList"],
  ["list", "Bulleted list", "insertUnorderedList"],
];

export function renderRichTextField(block, element, surface, wiring) {
  const { form, store } = surface;
  const field = h("div", {
    class: "rich-field",
    contenteditable: "true",
    role: "textbox",
    "aria-multiline": "true",
    autofocus: element.focus_on_load === true,
    "data-placeholder": element.placeholder?.text ?? "",
    style: { "--lines": String(element.min_lines ?? 4) },
    ...described(wiring),
  });
  const held = form.read(block.block_id, element);
  if (held) field.append(...renderRichText(held, store));
  const mark = () => field.classList.toggle("empty", field.textContent === "");
  const take = () => {
    mark();
    form.write(block.block_id, element, richTextOf(field));
  };
  const paste = (event) => {
    event.preventDefault();
    document.execCommand("insertText", false, event.clipboardData.getData("text/plain"));
  };
  field.addEventListener("input", take);
  field.addEventListener("paste", paste);
  mark();
  return h("div", { class: "rich-holder" }, formatBar(field), field);
}

/** The browser does the marking: it keeps the undo history and the selection right. */
function formatBar(field) {
  const buttons = FORMATS.map(([name, label, command]) =>
    h(
      "button",
      {
        type: "button",
        class: "icon-button",
        "aria-label": label,
        "data-tip": label,
        tabindex: -1,
        on: {
          pointerdown: (event) => event.preventDefault(),
          click: () => {
            field.focus();
            document.execCommand(command);
          },
        },
      },
      icon(name),
    ),
  );
  return h("div", { class: "rich-formats", role: "toolbar", "aria-label": "Formatting" }, buttons);
}
