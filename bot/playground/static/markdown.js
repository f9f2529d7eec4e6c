/** Markdown as Slack's markdown block takes it, as DOM nodes: block structure here, running text in markdown_inline.js. */

import { h } from "./dom.js";
import { inlineNodes } from "./markdown_inline.js";

const FENCE = /^ {0,3}(```+|~~~+)\s*([\w+#-]*)\s*$/;
const HEADING = /^ {0,3}(#{1,6})\s+(.*?)\s*#*\s*$/;
const RULE = /^ {0,3}([-*_])(?:\s*\1){2,}\s*$/;
const QUOTE = /^ {0,3}> ?/;
const ITEM = /^( {0,3})([-*+]|\d{1,9}[.)])( +|$)/;
const TASK = /^\[([ xX])\] /;
const TABLE_RULE = /^ {0,3}\|?\s*:?-+:?\s*(\|\s*:?-+:?\s*)*\|?\s*$/;

/** Nodes for one Markdown text. HTML in it stays text; addresses other than web and mail stay text. */
export function renderMarkdown(text, store) {
  return blockNodes(text.replaceAll("\r\n", "\n").replaceAll("\t", "    ").split("\n"), store);
}

function blockNodes(lines, store) {
  const nodes = [];
  for (let at = 0; at < lines.length;) {
    const read = readBlock(lines, at, store);
    if (read.node) nodes.push(read.node);
    at = read.next;
  }
  return nodes;
}

function readBlock(lines, at, store) {
  const line = lines[at];
  if (line.trim() === "") return { next: at + 1 };
  if (FENCE.test(line)) return readFence(lines, at);
  if (HEADING.test(line)) return readHeading(lines, at, store);
  if (RULE.test(line)) return { node: h("hr", { class: "rule" }), next: at + 1 };
  if (QUOTE.test(line)) return readQuote(lines, at, store);
  if (ITEM.test(line)) return readList(lines, at, store);
  if (line.includes("|") && TABLE_RULE.test(lines[at + 1] ?? "")) return readTable(lines, at, store);
  return readParagraph(lines, at, store);
}

function readFence(lines, at) {
  const mark = lines[at].match(FENCE)[1];
  let end = at + 1;
  while (end < lines.length && !lines[end].trim().startsWith(mark)) end += 1;
  return { node: h("pre", { class: "pre" }, lines.slice(at + 1, end).join("\n")), next: end + 1 };
}

function readHeading(lines, at, store) {
  const [, marks, title] = lines[at].match(HEADING);
  return {
    node: h(
      "p",
      { class: `heading heading-${marks.length}`, role: "heading", "aria-level": marks.length },
      inlineNodes(title, store),
    ),
    next: at + 1,
  };
}

function readQuote(lines, at, store) {
  let end = at;
  while (end < lines.length && QUOTE.test(lines[end])) end += 1;
  const inner = lines.slice(at, end).map((line) => line.replace(QUOTE, ""));
  return { node: h("blockquote", { class: "quote" }, blockNodes(inner, store)), next: end };
}

function readList(lines, at, store) {
  const ordered = /\d/.test(lines[at].match(ITEM)[2]);
  const items = [];
  let next = at;
  while (next < lines.length) {
    const match = lines[next].match(ITEM);
    if (!match || /\d/.test(match[2]) !== ordered || RULE.test(lines[next])) break;
    const read = readItem(lines, next, match, store);
    items.push(read.node);
    next = read.next;
  }
  const start = ordered ? Number.parseInt(lines[at].match(ITEM)[2], 10) : null;
  return {
    node: h(ordered ? "ol" : "ul", { class: "list", start: start === 1 ? null : start }, items),
    next,
  };
}

/** An item goes on while lines are indented as deep as its text, or are plain continuations of it. */
function readItem(lines, at, match, store) {
  const width = match[0].length;
  const inner = [lines[at].slice(width)];
  let end = at + 1;
  for (; end < lines.length; end += 1) {
    const line = lines[end];
    const indented = line.startsWith(" ".repeat(Math.min(width, 2)));
    const continues =
      !ITEM.test(line) && lines[end - 1].trim() !== "" && !HEADING.test(line) && !FENCE.test(line);
    if (line.trim() === "" ? !(lines[end + 1] ?? "").startsWith("  ") : !indented && !continues) break;
    inner.push(line.startsWith(" ".repeat(width)) ? line.slice(width) : line.trimStart());
  }
  const afterBlank =
    end < lines.length && lines[end].trim() === "" && ITEM.test(lines[end + 1] ?? "") ? end + 1 : end;
  return { node: itemNode(inner, store), next: afterBlank };
}

function itemNode(lines, store) {
  const task = lines[0].match(TASK);
  if (!task) return h("li", null, unwrapFirst(blockNodes(lines, store)));
  const done = task[1] !== " ";
  const box = h("input", {
    type: "checkbox",
    disabled: true,
    checked: done,
    "aria-label": done ? "Done" : "To do",
  });
  return h(
    "li",
    { class: "task" },
    box,
    unwrapFirst(blockNodes([lines[0].replace(TASK, ""), ...lines.slice(1)], store)),
  );
}

/** A tight item shows its first paragraph without a paragraph's margins. */
function unwrapFirst(nodes) {
  const [first, ...rest] = nodes;
  return first?.tagName === "P" && !first.className.includes("heading")
    ? [...first.childNodes, ...rest]
    : nodes;
}

function readTable(lines, at, store) {
  const aligns = cells(lines[at + 1]).map((rule) =>
    rule.endsWith(":") ? (rule.startsWith(":") ? "center" : "right") : "left",
  );
  let end = at + 2;
  while (end < lines.length && lines[end].includes("|")) end += 1;
  const row = (line, tag) =>
    h(
      "tr",
      null,
      aligns.map((align, i) => h(tag, { class: `align-${align}` }, inlineNodes(cells(line)[i] ?? "", store))),
    );
  const body = lines.slice(at + 2, end).map((line) => row(line, "td"));
  const table = h(
    "table",
    { class: "table" },
    h("thead", null, row(lines[at], "th")),
    h("tbody", null, body),
  );
  return { node: h("div", { class: "table-scroll" }, table), next: end };
}

function cells(line) {
  return line
    .trim()
    .replace(/^\||\|$/g, "")
    .split(/(?<!\\)\|/)
    .map((cell) => cell.trim().replaceAll("\\|", "|"));
}

function readParagraph(lines, at, store) {
  let end = at + 1;
  while (
    end < lines.length &&
    lines[end].trim() !== "" &&
    ![FENCE, HEADING, RULE, QUOTE, ITEM].some((mark) => mark.test(lines[end]))
  )
    end += 1;
  return {
    node: h(
      "p",
      null,
      inlineNodes(
        lines
          .slice(at, end)
          .map((line) => line.trimStart())
          .join("\n"),
        store,
      ),
    ),
    next: end,
  };
}
