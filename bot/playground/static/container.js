/** Blocks under a title of their own; what is collapsible opens and closes with its title. */

import { showBlocks } from "./blocks.js";
import { h } from "./dom.js";
import { imageNode } from "./files.js";
import { icon } from "./icons.js";
import { textNodes } from "./mrkdwn.js";
import { renderRichText } from "./rich_text.js";

export function renderContainer(block, surface) {
  const folds = block.is_collapsible === true;
  const head = h(
    folds ? "summary" : "div",
    { class: `container-head${block.has_header_divider ? " divided" : ""}` },
    folds ? icon("chevron") : null,
    block.icon ? imageNode("card-icon", block.icon) : null,
    h(
      "div",
      null,
      h("div", { class: "card-title" }, titleNodes(block, surface.store)),
      block.subtitle ? h("div", { class: "card-subtitle" }, textNodes(block.subtitle, surface.store)) : null,
    ),
  );
  const body = h("div", { class: "container-body" });
  showBlocks(body, block.child_blocks, { ...surface });
  const className = `block container ${block.width ?? "standard"}`;
  if (!folds) return h("section", { class: className }, head, body);
  return h("details", { class: className, open: block.default_collapsed !== true }, head, body);
}

function titleNodes(block, store) {
  return block.rich_text_title ? renderRichText(block.rich_text_title, store) : textNodes(block.title, store);
}
