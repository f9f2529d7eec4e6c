/** Text files shown where they are posted: tables for CSV, lines for the rest, the whole on demand. */

import { h } from "./dom.js";
import { icon } from "./icons.js";

const MOST_BYTES = 512 * 1024;
const FIRST_ROWS = 6;
const FIRST_LINES = 8;

/** Whether a file is shown as text. */
export function isSnippet(file) {
  return /\.(csv|tsv|txt|md|log|json)$/i.test(file.name) || file.mimetype?.startsWith("text/");
}

export function snippetNode(file) {
  const body = h("div", { class: "snippet-body" }, h("div", { class: "options-none" }, "Loading…"));
  const frame = h(
    "figure",
    { class: "snippet", "aria-label": file.title || file.name },
    h(
      "figcaption",
      { class: "snippet-head" },
      icon("file"),
      h(
        "span",
        null,
        h("strong", null, file.title || file.name),
        " ",
        h("span", { class: "muted" }, kindOf(file)),
      ),
      h(
        "a",
        {
          class: "icon-button",
          href: file.url,
          download: file.name,
          "aria-label": `Download ${file.name}`,
          "data-tip": "Download",
        },
        icon("download"),
      ),
    ),
    body,
  );
  fill(frame, body, file);
  return frame;
}

function kindOf(file) {
  return (file.name.includes(".") ? file.name.split(".").pop() : "text").toUpperCase();
}

async function fill(frame, body, file) {
  const text = await textOf(file.url);
  if (text === null) {
    body.replaceChildren(
      h("div", { class: "options-none" }, "Too large to show here. Download it to read it."),
    );
    return;
  }
  const separator = /\.tsv$/i.test(file.name) ? "\t" : ",";
  const isTable = /\.[ct]sv$/i.test(file.name) || file.mimetype === "text/csv";
  const show = isTable
    ? tableOf(readSeparated(text, separator))
    : linesOf(text.replace(/\n$/, "").split("\n"));
  const draw = (whole) => {
    frame.classList.toggle("whole", whole);
    const more = show.isLong
      ? h(
          "button",
          {
            type: "button",
            class: "snippet-more",
            "aria-expanded": String(whole),
            on: { click: () => draw(!whole) },
          },
          whole ? "Show less" : `Show all ${show.count}`,
        )
      : null;
    body.replaceChildren(...[show.node(whole), more].filter(Boolean));
  };
  draw(false);
}

async function textOf(address) {
  try {
    const response = await fetch(address);
    if (!response.ok || Number(response.headers.get("Content-Length")) > MOST_BYTES) return null;
    return await response.text();
  } catch {
    return null;
  }
}

function tableOf([head, ...rows]) {
  const cells = (row, tag) => (row ?? []).map((cell) => h(tag, tag === "th" ? { scope: "col" } : null, cell));
  const node = (whole) =>
    h(
      "div",
      { class: "table-scroll", tabindex: 0 },
      h(
        "table",
        { class: "table" },
        h("thead", null, h("tr", null, cells(head, "th"))),
        h(
          "tbody",
          null,
          (whole ? rows : rows.slice(0, FIRST_ROWS)).map((row) => h("tr", null, cells(row, "td"))),
        ),
      ),
    );
  return { node, isLong: rows.length > FIRST_ROWS, count: `${rows.length} rows` };
}

function linesOf(lines) {
  const node = (whole) =>
    h(
      "pre",
      { class: "snippet-text", tabindex: 0 },
      (whole ? lines : lines.slice(0, FIRST_LINES)).join("\n"),
    );
  return { node, isLong: lines.length > FIRST_LINES, count: `${lines.length} lines` };
}

/** Rows of fields; a field in quotes may hold separators, breaks and doubled quotes (RFC 4180). */
function readSeparated(text, separator) {
  const rows = [[""]];
  let quoted = false;
  for (let at = 0; at < text.length; at += 1) {
    const letter = text[at];
    const row = rows.at(-1);
    if (quoted && letter === '"' && text[at + 1] === '"') row[row.length - 1] += text[++at];
    else if (letter === '"') quoted = !quoted;
    else if (!quoted && letter === separator) row.push("");
    else if (!quoted && letter === "\n") rows.push([""]);
    else if (quoted || letter !== "\r") row[row.length - 1] += letter;
  }
  return rows.filter((row) => row.length > 1 || row[0] !== "");
}
