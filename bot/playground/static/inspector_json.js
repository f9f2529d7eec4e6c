/** JSON for people: indented, keys and values told apart by colour. */

import { h } from "./dom.js";

const TOKEN = /("(?:\\.|[^"\\])*")(\s*:)?|\b(true|false|null)\b|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

/** Nodes for any value; a string that is not part of JSON is shown as it stands. */
export function jsonNodes(value) {
  if (typeof value === "string") return [value];
  const text = JSON.stringify(value, null, 2);
  const nodes = [];
  let end = 0;
  for (const match of text.matchAll(TOKEN)) {
    nodes.push(text.slice(end, match.index), tokenNode(match));
    end = match.index + match[0].length;
  }
  return [...nodes, text.slice(end)];
}

function tokenNode([whole, string, colon, word]) {
  if (colon) return h("span", null, h("span", { class: "json-key" }, string), colon);
  const kind = string ? "json-string" : word ? "json-word" : "json-number";
  return h("span", { class: kind }, whole);
}
