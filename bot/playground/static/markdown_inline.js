/** Running text of Markdown: emphasis, code, links, emoji, line breaks and Slack's mentions. */

import { h } from "./dom.js";
import { characterOf } from "./emoji.js";
import { broadcastMention, channelMention, emojiNode, link, userMention } from "./mrkdwn.js";

const EMPHASIS = /^(\*{1,3}|_{1,3}|~~?)(?=\S)/;
const LINK =
  /^(!?)\[((?:[^[\]\\]|\\.|\[[^[\]]*\])*)\]\(\s*<?([^\s)<>]*(?:\([^\s()]*\)[^\s)<>]*)?)>?(?:\s+["'(][^\n]*?["')])?\s*\)/;
const REFERENCE = /^<([@#!])([A-Za-z0-9]+)(?:\|([^<>]*))?>/;
const AUTOLINK = /^<((?:https?:\/\/|mailto:)[^\s<>]+)>/;
const WEB_ADDRESS = /^https?:\/\/[^\s<>]+[^\s<>.,;:!?)\]'"*_]/;
const EMOJI = /^:([a-z0-9_+'-]+(?:::skin-tone-[2-6])?):/;
const ENTITY = /^&(amp|lt|gt|quot|#39|nbsp);/;
const ENTITIES = { amp: "&", lt: "<", gt: ">", quot: '"', "#39": "'", nbsp: "\u00A0" };
const WORD = /[\p{L}\p{N}]/u;

/** Nodes for running text; line ends inside it are kept, as Slack keeps them. */
export function inlineNodes(source, store) {
  const nodes = [];
  let text = "";
  for (let at = 0; at < source.length;) {
    const found = tokenAt(source, at, store);
    if (found && found.text === undefined) {
      if (text) nodes.push(text);
      text = "";
      nodes.push(found.node);
    } else {
      text += found ? found.text : source[at];
    }
    at += found ? found.length : 1;
  }
  if (text) nodes.push(text);
  return nodes;
}

function tokenAt(source, at, store) {
  const rest = source.slice(at);
  switch (source[at]) {
    case "\\":
      return escapeAt(rest);
    case "\n":
      return { node: h("br"), length: 1 };
    case " ":
      return /^ +\n/.test(rest) ? { text: "", length: rest.indexOf("\n") } : null;
    case "`":
      return codeAt(rest);
    case "&":
      return entityAt(rest);
    case "!":
    case "[":
      return linkAt(rest, store);
    case "<":
      return referenceAt(rest, store);
    case ":":
      return emojiAt(rest);
    case "h":
      return addressAt(source, at);
    case "*":
    case "_":
    case "~":
      return emphasisAt(source, at, store);
    default:
      return null;
  }
}

function escapeAt(rest) {
  if (rest[1] === "\n") return { node: h("br"), length: 2 };
  return /^\\[!-/:-@[-`{-~]/.test(rest) ? { text: rest[1], length: 2 } : null;
}

function codeAt(rest) {
  const ticks = rest.match(/^`+/)[0];
  const end = rest.indexOf(ticks, ticks.length);
  if (end < 0) return { text: ticks, length: ticks.length };
  const code = rest.slice(ticks.length, end).replaceAll("\n", " ");
  const trimmed = /^ .*\S.* $/.test(code) ? code.slice(1, -1) : code;
  return { node: h("code", { class: "code" }, trimmed), length: end + ticks.length };
}

function entityAt(rest) {
  const match = rest.match(ENTITY);
  return match ? { text: ENTITIES[match[1]], length: match[0].length } : null;
}

/** [label](address). A picture becomes a link to it: the page shows nothing from outside. */
function linkAt(rest, store) {
  const match = rest.match(LINK);
  if (!match || match[3] === "") return null;
  const [all, picture, label, address] = match;
  return {
    node: link(address, ...(picture ? [label || address] : inlineNodes(label, store))),
    length: all.length,
  };
}

function referenceAt(rest, store) {
  const auto = rest.match(AUTOLINK);
  if (auto) return { node: link(auto[1]), length: auto[0].length };
  const match = rest.match(REFERENCE);
  if (!match) return null;
  const [all, kind, target, label] = match;
  if (kind === "@") return { node: userMention(target, store), length: all.length };
  if (kind === "#") return { node: channelMention(target, store, label), length: all.length };
  return /^(here|channel|everyone)$/.test(target)
    ? { node: broadcastMention(target), length: all.length }
    : null;
}

function emojiAt(rest) {
  const match = rest.match(EMOJI);
  return match && characterOf(match[1]) ? { node: emojiNode(match[1]), length: match[0].length } : null;
}

function addressAt(source, at) {
  const match = WORD.test(source[at - 1] ?? "") ? null : source.slice(at).match(WEB_ADDRESS);
  return match ? { node: link(match[0]), length: match[0].length } : null;
}

function emphasisAt(source, at, store) {
  const mark = source.slice(at).match(EMPHASIS)?.[1];
  if (!mark)
    return {
      text: source.slice(at).match(/^[*_~]+/)[0],
      length: source.slice(at).match(/^[*_~]+/)[0].length,
    };
  if (mark[0] === "_" && WORD.test(source[at - 1] ?? "")) return { text: mark, length: mark.length };
  const end = closingOf(source, at + mark.length, mark);
  if (end < 0) return { text: mark, length: mark.length };
  const inner = inlineNodes(source.slice(at + mark.length, end), store);
  return { node: emphasised(mark, inner), length: end + mark.length - at };
}

/** Where `mark` closes: after a visible character, not part of a longer run, and for _ at a word's end. */
function closingOf(source, from, mark) {
  for (let end = source.indexOf(mark, from + 1); end > 0; end = source.indexOf(mark, end + 1)) {
    const after = source[end + mark.length] ?? "";
    const run = mark.length < 3 && (after === mark[0] || source[end - 1] === mark[0]);
    const insideWord = mark[0] === "_" && WORD.test(after);
    if (/\S/.test(source[end - 1]) && source[end - 1] !== "\\" && !run && !insideWord) return end;
    if (run) while (source[end + 1] === mark[0]) end += 1;
  }
  return -1;
}

function emphasised(mark, inner) {
  if (mark[0] === "~") return h("s", null, inner);
  if (mark.length === 3) return h("strong", null, h("em", null, inner));
  return h(mark.length === 2 ? "strong" : "em", null, inner);
}
