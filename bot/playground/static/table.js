/** Slack's table block: the first row is the head; cells are raw_text, raw_number or rich_text. */

import { h } from "./dom.js";
import { renderPlain } from "./mrkdwn.js";
import { renderRichText } from "./rich_text.js";

export function renderTable(block, store) {
  const settings = block.column_settings ?? [];
  const cell = (tag) => (content, column) =>
    h(
      tag,
      { class: cellClass(settings[column]), scope: tag === "th" ? "col" : null },
      cellNodes(content, store),
    );
  const [head, ...body] = block.rows;
  const table = h(
    "table",
    { class: "table" },
    h("thead", null, h("tr", null, head.map(cell("th")))),
    h(
      "tbody",
      null,
      body.map((row) => h("tr", null, row.map(cell("td")))),
    ),
  );
  return h("div", { class: "table-scroll", tabindex: 0, role: "region", "aria-label": "Table" }, table);
}

function cellClass(setting) {
  return `align-${setting?.align ?? "left"}${setting?.is_wrapped ? " wraps" : ""}`;
}

/** What stands in a cell of either kind of table. */
export function cellNodes(content, store) {
  if (content.type === "rich_text") return renderRichText(content, store);
  return renderPlain(String(content.text ?? content.value ?? ""));
}
