/** Slack's mrkdwn, its three escaped characters and its <…> references, as DOM nodes. */

import { dateNode } from "./dates.js";
import { h } from "./dom.js";
import { characterOf } from "./emoji.js";

const FENCE = /```\n?([\s\S]+?)\n?```\n?/g;
const QUOTE = /^(?:&gt;|>) ?/;
const LONG_QUOTE = /^(?:&gt;|>){3} ?/;
const LIST_ITEM = /^(?:•|◦|\d+\.) /;
const EMOJI = /^:([a-z0-9_+'-]+(?:::skin-tone-[2-6])?):/;
const WEB_ADDRESS = /^https?:\/\/[^\s<>|]+[^\s<>|.,;:!?)\]'"]/;
const STYLES = { "*": "strong", _: "em", "~": "s" };
const JUMBO_LIMIT = 23;

/** Nodes for one mrkdwn text. `store` gives the names behind <@U…> and <#C…>. */
export function renderMrkdwn(text, store) {
  const pieces = [];
  let end = 0;
  for (const match of text.matchAll(FENCE)) {
    pieces.push(...proseNodes(text.slice(end, match.index).replace(/\n$/, ""), store));
    pieces.push(h("pre", { class: "pre" }, unescapeText(match[1])));
    end = match.index + match[0].length;
  }
  pieces.push(...proseNodes(text.slice(end), store));
  return pieces;
}

/** Nodes for a plain_text object: emoji names become emoji, nothing else means anything. */
export function renderPlain(text, { emoji = true } = {}) {
  return withBreaks(
    emoji
      ? text.replace(/:([a-z0-9_+'-]+(?:::skin-tone-[2-6])?):/g, (all, name) => characterOf(name) ?? all)
      : text,
  );
}

/** A text object: plain_text or mrkdwn. */
export function textNodes(text, store) {
  if (!text) return [];
  if (text.type === "mrkdwn") return renderMrkdwn(text.text, store);
  return renderPlain(text.text, { emoji: text.emoji !== false });
}

/** Slack escapes exactly these three. */
export function unescapeText(text) {
  return text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
}

export function escapeText(text) {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

/** The text without its marks, for notifications and labels. */
export function plainOf(text, store) {
  return renderMrkdwn(text ?? "", store)
    .map((node) => (typeof node === "string" ? node : node.textContent))
    .join("");
}

/** Whether the text is only emoji, which Slack shows large. */
export function isJumbo(text) {
  const bare = text
    .replace(/:([a-z0-9_+'-]+(?:::skin-tone-[2-6])?):/g, (all, name) => characterOf(name) ?? all)
    .trim();
  return bare !== "" && [...bare].length <= JUMBO_LIMIT && /^(?:\p{RGI_Emoji}|\s)+$/v.test(bare);
}

/** A link that opens elsewhere; an address that is neither web nor mail stays text. */
export function link(address, ...label) {
  const safe = /^(https?:\/\/|mailto:)/i.test(address);
  const shown = label.length ? label : [address.replace(/^mailto:/, "")];
  return safe
    ? h("a", { href: address, target: "_blank", rel: "noopener noreferrer" }, ...shown)
    : h("span", null, ...shown);
}

/** One emoji in running text, or its shortcode when the name is unknown. */
export function emojiNode(name) {
  const character = characterOf(name);
  if (!character) return `:${name}:`;
  return h(
    "span",
    { class: "emoji", role: "img", "aria-label": `${name} emoji`, "data-tip": `:${name}:` },
    character,
  );
}

export function userMention(id, store) {
  const mine = id === store.me ? " mention-me" : "";
  return h("span", { class: `mention${mine}` }, `@${store.userName(id)}`);
}

export function channelMention(id, store, label) {
  const channel = store.channels.get(id);
  const go = () => channel && store.goTo({ kind: "channel", id });
  return h(
    "button",
    { class: "mention", type: "button", on: { click: go } },
    `#${channel?.name ?? label ?? id}`,
  );
}

export function broadcastMention(range) {
  return h("span", { class: "mention mention-me" }, `@${range}`);
}

function proseNodes(text, store) {
  if (!text) return [];
  const nodes = [];
  let quoted = [];
  const closeQuote = () => {
    if (quoted.length) nodes.push(h("blockquote", { class: "quote" }, lineNodes(quoted, store)));
    quoted = [];
  };
  let plain = [];
  const closePlain = () => {
    if (plain.length) nodes.push(...lineNodes(plain, store));
    plain = [];
  };
  let toTheEnd = false;
  for (const written of text.split("\n")) {
    const opens = !toTheEnd && LONG_QUOTE.test(written);
    const line = opens ? written.replace(LONG_QUOTE, "") : written;
    toTheEnd ||= opens;
    if (toTheEnd) {
      closePlain();
      quoted.push(line);
    } else if (QUOTE.test(line)) {
      closePlain();
      quoted.push(line.replace(QUOTE, ""));
    } else {
      closeQuote();
      plain.push(line);
    }
  }
  closeQuote();
  closePlain();
  return nodes;
}

function lineNodes(lines, store) {
  const nodes = [];
  lines.forEach((line, index) => {
    const item = LIST_ITEM.test(line);
    if (item) nodes.push(h("span", { class: "list-line" }, inlineNodes(line, store)));
    else if (line.trim() === "" && index > 0) nodes.push(h("span", { class: "blank-line" }));
    else
      nodes.push(
        ...inlineNodes(line, store),
        index < lines.length - 1 && !isBlank(lines[index + 1]) ? h("br") : "",
      );
  });
  return nodes;
}

const isBlank = (line) => line.trim() === "" || LIST_ITEM.test(line);

/** One line. Marks hold only at word edges, so snake_case and 2*3*4 stay what they are. */
function inlineNodes(line, store) {
  const nodes = [];
  let text = "";
  const flush = () => {
    if (text) nodes.push(unescapeText(text));
    text = "";
  };
  for (let at = 0; at < line.length;) {
    const found = tokenAt(line, at, store);
    if (found) {
      flush();
      nodes.push(found.node);
      at += found.length;
    } else {
      text += line[at];
      at += 1;
    }
  }
  flush();
  return nodes;
}

function tokenAt(line, at, store) {
  const rest = line.slice(at);
  const character = line[at];
  if (character === "`") return codeAt(rest);
  if (character === "<") return referenceAt(rest, store);
  if (character === ":") return emojiAt(rest);
  if (character in STYLES) return styledAt(line, at, store);
  const address = character === "h" ? rest.match(WEB_ADDRESS) : null;
  return address ? { node: link(unescapeText(address[0])), length: address[0].length } : null;
}

function codeAt(rest) {
  const end = rest.indexOf("`", 1);
  return end > 1
    ? { node: h("code", { class: "code" }, unescapeText(rest.slice(1, end))), length: end + 1 }
    : null;
}

function emojiAt(rest) {
  const match = rest.match(EMOJI);
  return match && characterOf(match[1]) ? { node: emojiNode(match[1]), length: match[0].length } : null;
}

function styledAt(line, at, store) {
  const mark = line[at];
  if (/[\p{L}\p{N}]/u.test(line[at - 1] ?? "") || !/\S/.test(line[at + 1] ?? "") || line[at + 1] === mark)
    return null;
  for (let end = line.indexOf(mark, at + 2); end > 0; end = line.indexOf(mark, end + 1)) {
    if (/\S/.test(line[end - 1]) && !/[\p{L}\p{N}]/u.test(line[end + 1] ?? "")) {
      return {
        node: h(STYLES[mark], null, inlineNodes(line.slice(at + 1, end), store)),
        length: end + 1 - at,
      };
    }
  }
  return null;
}

/** <@U…>, <#C…|name>, <!here>, <!date^…|fallback>, <https://…|label>. */
function referenceAt(rest, store) {
  const match = rest.match(/^<([^<>\n]+)>/);
  if (!match) return null;
  const [target, label] = match[1].split("|");
  return { node: referenceNode(target, label, store), length: match[0].length };
}

function referenceNode(target, label, store) {
  if (target.startsWith("@")) return userMention(target.slice(1), store);
  if (target.startsWith("#")) return channelMention(target.slice(1), store, label);
  if (/^!(here|channel|everyone)$/.test(target)) return broadcastMention(target.slice(1));
  const [, seconds, format, address] = target.match(/^!date\^(\d+)\^([^^]+)(?:\^(.+))?$/) ?? [];
  if (seconds) return dateNode(seconds, unescapeText(format), unescapeText(label ?? ""), address);
  if (target.startsWith("!"))
    return h(
      "span",
      { class: target.startsWith("!subteam") ? "mention" : null },
      unescapeText(label ?? target.slice(1)),
    );
  return link(unescapeText(target), ...(label ? [unescapeText(label)] : []));
}

function withBreaks(text) {
  return text.split("\n").flatMap((line, index) => (index ? [h("br"), line] : [line]));
}
