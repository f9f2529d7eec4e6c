/** Slack's rich_text blocks: already parsed text, so each element only needs its node. */

import { h } from "./dom.js";
import { dateNode } from "./dates.js";
import { broadcastMention, channelMention, emojiNode, link, userMention } from "./mrkdwn.js";

/** Nodes for a rich_text block or a rich_text table cell. */
export function renderRichText(block, store) {
  return (block.elements ?? []).map((element) => sectionNode(element, store));
}

function sectionNode(element, store) {
  const inner = () => (element.elements ?? []).flatMap((leaf) => leafNodes(leaf, store));
  switch (element.type) {
    case "rich_text_list":
      return listNode(element, store);
    case "rich_text_quote":
      return h("blockquote", { class: "quote" }, inner());
    case "rich_text_preformatted":
      return h("pre", { class: "pre" }, inner());
    default:
      return h("div", { class: "rich-section" }, inner());
  }
}

function listNode(list, store) {
  const tag = list.style === "ordered" ? "ol" : "ul";
  const items = list.elements.map((item) =>
    h(
      "li",
      null,
      item.elements.flatMap((leaf) => leafNodes(leaf, store)),
    ),
  );
  const start = list.offset ? list.offset + 1 : null;
  return h(tag, { class: `list indent-${Math.min(list.indent ?? 0, 8)}`, start }, items);
}

function leafNodes(leaf, store) {
  switch (leaf.type) {
    case "text":
      return [styled(leaf.style, ...linesOf(leaf.text))];
    case "link":
      return [styled(leaf.style, link(leaf.url, leaf.text || leaf.url))];
    case "emoji":
      return [emojiNode(leaf.skin_tone ? `${leaf.name}::skin-tone-${leaf.skin_tone}` : leaf.name)];
    case "user":
      return [userMention(leaf.user_id, store)];
    case "channel":
      return [channelMention(leaf.channel_id, store)];
    case "broadcast":
      return [broadcastMention(leaf.range)];
    case "usergroup":
      return [h("span", { class: "mention" }, `@${leaf.usergroup_id}`)];
    case "color":
      return [h("span", { class: "color-swatch", style: { "--color": leaf.value } }), leaf.value];
    case "date":
      return [dateNode(leaf.timestamp, leaf.format, leaf.fallback, leaf.url)];
    default:
      return [leaf.fallback ?? leaf.text ?? ""];
  }
}

function linesOf(text) {
  return text.split("\n").flatMap((line, index) => (index ? [h("br"), line] : [line]));
}

function styled(style = {}, ...nodes) {
  const wraps = { code: "code", strike: "s", italic: "em", bold: "strong" };
  const apply = (inner, name) =>
    style[name] ? [h(wraps[name], name === "code" ? { class: "code" } : null, inner)] : inner;
  const wrapped = Object.keys(wraps).reduce(apply, nodes);
  return h("span", null, wrapped);
}
