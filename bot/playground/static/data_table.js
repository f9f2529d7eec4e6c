/** Slack's data_table block: a captioned table to sort by column, to filter, and to page through. */

import { h, refill } from "./dom.js";
import { icon } from "./icons.js";
import { cellNodes } from "./table.js";

const PAGE_SIZE = 5;
const FILTER_FROM = 6;
const compareWords = new Intl.Collator("en", { numeric: true, sensitivity: "base" }).compare;

export function renderDataTable(block, store) {
  const [head, ...rows] = block.rows;
  const view = { page: 0, column: null, rising: true, wanted: "", size: block.page_size ?? PAGE_SIZE };
  const body = h("tbody");
  const foot = h("div", { class: "data-table-foot" });
  const heads = head.map((cell, column) => headCell(cell, isNumeric(rows, column), () => sortBy(column)));
  const show = () => {
    const found = rowsOf(rows, view);
    const pages = Math.max(1, Math.ceil(found.length / view.size));
    view.page = Math.min(view.page, pages - 1);
    const first = view.page * view.size;
    const shown = found.slice(first, first + view.size);
    body.replaceChildren(
      ...(shown.length ? shown.map((row) => rowNode(row)) : [noRows(head.length, view.wanted)]),
    );
    heads.forEach((each, column) => mark(each, column === view.column ? view.rising : null));
    refill(foot, `${first} ${found.length} ${view.size}`, () =>
      footNodes(found.length, first, view.size, turn),
    );
  };
  const sortBy = (column) => {
    const again = view.column === column;
    if (again && !view.rising) view.column = null;
    else [view.column, view.rising] = [column, !again];
    show();
  };
  const turn = (pages) => {
    view.page += pages;
    show();
    foot.querySelector("button:not(:disabled)")?.focus();
  };
  const rowNode = (row) =>
    h(
      "tr",
      null,
      row.map((cell, column) => {
        const identifies = column === (block.row_header_column_index ?? 0);
        const align = isNumeric(rows, column) ? "align-right" : "align-left";
        return h(
          identifies ? "th" : "td",
          { class: align, scope: identifies ? "row" : null },
          cellNodes(cell, store),
        );
      }),
    );
  const search = h("input", {
    class: "data-table-filter",
    type: "search",
    placeholder: "Filter",
    "aria-label": `Filter ${block.caption}`,
    on: {
      input: () => Object.assign(view, { wanted: search.value.trim().toLowerCase(), page: 0 }) && show(),
    },
  });
  show();
  return h(
    "div",
    { class: "block data-table" },
    h(
      "div",
      { class: "data-table-bar" },
      h("strong", { class: "data-table-caption" }, block.caption),
      rows.length >= FILTER_FROM ? search : null,
    ),
    h(
      "div",
      { class: "table-scroll", tabindex: 0, role: "region", "aria-label": block.caption },
      h(
        "table",
        { class: "table" },
        h("caption", { class: "visually-hidden" }, block.caption),
        h("thead", null, h("tr", null, heads)),
        body,
      ),
    ),
    foot,
  );
}

/** The rows that hold what is typed, in the chosen order. */
function rowsOf(rows, { column, rising, wanted }) {
  const found = wanted
    ? rows.filter((row) => row.some((cell) => wordsOf(cell).toLowerCase().includes(wanted)))
    : [...rows];
  if (column === null) return found;
  const compare = isNumeric(rows, column)
    ? (a, b) => a[column].value - b[column].value
    : (a, b) => compareWords(wordsOf(a[column]), wordsOf(b[column]));
  return found.sort((a, b) => (rising ? 1 : -1) * compare(a, b));
}

function isNumeric(rows, column) {
  return rows.every((row) => row[column].type === "raw_number");
}

function wordsOf(cell) {
  if (cell.type !== "rich_text") return cell.text;
  const leaves = cell.elements.flatMap((element) => element.elements ?? []);
  return leaves.map((leaf) => leaf.text ?? leaf.url ?? leaf.name ?? "").join("");
}

function headCell(cell, numeric, sort) {
  return h(
    "th",
    { scope: "col", class: numeric ? "align-right" : "align-left" },
    h("button", { type: "button", class: "data-table-sort", on: { click: sort } }, cell.text, icon("sort")),
  );
}

/** `rising` is null for the columns that do not order the table. */
function mark(head, rising) {
  head.setAttribute("aria-sort", rising === null ? "none" : rising ? "ascending" : "descending");
}

function noRows(columns, wanted) {
  return h("tr", null, h("td", { class: "muted", colspan: columns }, `No row holds “${wanted}”.`));
}

/** What is shown of how much, and the way to the neighbouring pages; nothing when all is shown. */
function footNodes(count, first, size, turn) {
  if (count <= size) return [];
  const button = (label, name, pages, usable) =>
    h(
      "button",
      {
        type: "button",
        class: "icon-button",
        "aria-label": label,
        "data-tip": label,
        disabled: !usable,
        on: { click: () => turn(pages) },
      },
      icon(name),
    );
  return [
    h(
      "span",
      { class: "muted", role: "status" },
      `${first + 1}–${Math.min(first + size, count)} of ${count}`,
    ),
    button("Previous page", "back", -1, first > 0),
    button("Next page", "forward", 1, first + size < count),
  ];
}
