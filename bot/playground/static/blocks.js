/**
 * Block Kit as Slack shows it. A surface is what the blocks stand on:
 * `{store, form, blocks, use(block, element, action, control), compact}`.
 */

import { renderCard, renderCarousel } from "./cards.js";
import { renderChart } from "./chart.js";
import { renderContainer } from "./container.js";
import { renderDataTable } from "./data_table.js";
import { h, reconcile, uniqueId } from "./dom.js";
import { renderElement } from "./elements.js";
import { imageNode, pictureAddress, pictureNode } from "./files.js";
import { icon } from "./icons.js";
import { renderMarkdown } from "./markdown.js";
import { textNodes } from "./mrkdwn.js";
import { renderRichText } from "./rich_text.js";
import { renderTable } from "./table.js";
import { renderPlan, renderTask } from "./tasks.js";

/** Show `blocks` in `holder`; blocks that did not change keep their nodes, focus and open pickers. */
export function showBlocks(holder, blocks, surface) {
  surface.blocks = blocks;
  const seen = new Map();
  const keyed = blocks.map((block) => {
    const key = JSON.stringify(block);
    const times = (seen.get(key) ?? 0) + 1;
    seen.set(key, times);
    return { block, key: `${times}${key}` };
  });
  reconcile(
    holder,
    keyed,
    ({ key }) => key,
    ({ block }) => renderBlock(block, surface),
  );
}

const RENDERERS = {
  section: renderSection,
  header: (block, surface) => h("h3", { class: "block block-header" }, textNodes(block.text, surface.store)),
  divider: () => h("hr", { class: "block block-divider" }),
  context: renderContext,
  actions: renderActions,
  context_actions: renderActions,
  input: renderInput,
  image: (block) =>
    h(
      "div",
      { class: "block" },
      pictureNode({ title: block.title?.text ?? "", alt: block.alt_text, url: pictureAddress(block) }),
    ),
  markdown: (block, surface) =>
    h("div", { class: "block block-markdown" }, renderMarkdown(block.text, surface.store)),
  rich_text: (block, surface) =>
    h("div", { class: "block block-rich-text" }, renderRichText(block, surface.store)),
  table: (block, surface) => h("div", { class: "block" }, renderTable(block, surface.store)),
  data_table: (block, surface) => renderDataTable(block, surface.store),
  data_visualization: renderChart,
  card: renderCard,
  carousel: renderCarousel,
  container: renderContainer,
  alert: renderAlert,
  plan: renderPlan,
  task_card: renderTask,
};

function renderBlock(block, surface) {
  const render = RENDERERS[block.type];
  return render
    ? render(block, surface)
    : h("div", { class: "block muted" }, `The playground doesn't show “${block.type}” blocks.`);
}

function renderSection(block, surface) {
  const { store } = surface;
  const fields = block.fields?.map((field) => h("div", { class: "section-field" }, textNodes(field, store)));
  const text = block.text ? foldedText(block, textNodes(block.text, store), surface) : null;
  const accessory = block.accessory
    ? h("div", { class: "section-accessory" }, elementNode(block, block.accessory, surface))
    : null;
  return h(
    "div",
    { class: "block block-section" },
    h("div", { class: "section-body" }, text, fields ? h("div", { class: "section-fields" }, fields) : null),
    accessory,
  );
}

const FOLDED_LETTERS = 700;
const FOLDED_LINES = 15;

/**
 * Slack folds long texts of a message's sections unless the app says `expand`; from what length on, its
 * pages don't say.
 */
function foldedText(block, nodes, surface) {
  const words = block.text.text;
  const isLong = words.length > FOLDED_LETTERS || words.split("\n").length > FOLDED_LINES;
  if (block.expand || !isLong || surface.container?.type !== "message")
    return h("div", { class: "section-text" }, nodes);
  const text = h("div", { class: "section-text folded" }, nodes);
  const button = h("button", { type: "button", class: "see-more", "aria-expanded": "false" }, "See more");
  button.addEventListener("click", () => {
    const folded = text.classList.toggle("folded");
    button.textContent = folded ? "See more" : "See less";
    button.setAttribute("aria-expanded", String(!folded));
  });
  return h("div", null, text, button);
}

function renderContext(block, surface) {
  const parts = block.elements.map((element) =>
    element.type === "image"
      ? imageNode("context-image", element)
      : h("span", { class: "context-text" }, textNodes(element, surface.store)),
  );
  return h("div", { class: "block block-context" }, parts);
}

function renderActions(block, surface) {
  const className = block.type === "actions" ? "block-actions" : "block-context-actions";
  return h(
    "div",
    { class: `block ${className}` },
    block.elements.map((element) => elementNode(block, element, surface)),
  );
}

function elementNode(block, element, surface) {
  if (element.type === "image") return imageNode("accessory-image", element);
  return renderElement(block, element, surface, { dispatches: true });
}

const ALERT_ICONS = { warning: "warning", error: "error", success: "done" };

function renderAlert(block, surface) {
  const level = block.level ?? "default";
  return h(
    "div",
    { class: `block alert ${level}`, role: "note" },
    icon(ALERT_ICONS[level] ?? "info"),
    h("div", null, textNodes(block.text, surface.store)),
  );
}

/** An input block: label above, hint and error below, tied to the field for screen readers. */
function renderInput(block, surface) {
  const labelId = uniqueId("label");
  const fieldId = uniqueId("field");
  const helpId = uniqueId("help");
  const control = renderElement(block, block.element, surface, {
    dispatches: block.dispatch_action === true,
    labelId,
    helpId,
    fieldId,
  });
  const label = h(
    "label",
    { class: "input-label", id: labelId, for: fieldId },
    textNodes(block.label, surface.store),
    block.optional ? h("span", { class: "input-optional" }, " (optional)") : null,
  );
  label.addEventListener("click", () => control.querySelector("input, textarea, button")?.focus());
  return h(
    "div",
    { class: "block block-input", dataset: { blockId: block.block_id } },
    label,
    control,
    h(
      "div",
      { class: "input-help", id: helpId },
      h("div", { class: "input-error" }),
      block.hint ? h("div", { class: "input-hint" }, textNodes(block.hint, surface.store)) : null,
    ),
  );
}

/** Put `errors` (by block id) beside their fields and the focus into the first; clears the others. */
export function showErrors(holder, errors) {
  let first = null;
  for (const input of holder.querySelectorAll(".block-input")) {
    const error = errors[input.dataset.blockId];
    showError(input, error);
    if (error) first ??= input.querySelector(FIELDS);
  }
  first?.focus();
}

/** Take the error away from a field that a person is changing. */
export function clearError(holder, blockId) {
  const input = holder.querySelector(`.block-input.has-error[data-block-id="${CSS.escape(blockId)}"]`);
  if (input) showError(input, "");
}

const FIELDS = "input:not([type=file]), textarea, button:not([tabindex='-1']), [contenteditable]";

function showError(input, error) {
  input.classList.toggle("has-error", Boolean(error));
  input.querySelector(".input-help .input-error").textContent = error ?? "";
  for (const field of input.querySelectorAll(FIELDS))
    if (error) field.setAttribute("aria-invalid", "true");
    else field.removeAttribute("aria-invalid");
}
