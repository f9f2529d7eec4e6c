/** What hangs under a message: quoted messages that its text links to, and apps' older attachments. */

import { avatar } from "./avatar.js";
import { showBlocks } from "./blocks.js";
import { h } from "./dom.js";
import { pictureNode } from "./files.js";
import { link, renderMrkdwn } from "./mrkdwn.js";
import { dayAndTime } from "./times.js";

const NAMED_COLORS = { good: "#2eb67d", warning: "#ecb22e", danger: "#e01e5a" };

export function attachmentNode(attachment, surface) {
  return attachment.is_msg_unfurl ? quoteNode(attachment, surface) : olderNode(attachment, surface);
}

/** Who said what, where and when, with the way there. */
function quoteNode(quote, surface) {
  const { store } = surface;
  const author = { ...store.user(quote.author_id), real_name: quote.author_name };
  const blocks = quote.message_blocks?.[0]?.message?.blocks;
  return h(
    "blockquote",
    { class: "unfurl quoted" },
    h("div", { class: "attachment-author" }, avatar(author, "tiny"), quote.author_name),
    h(
      "div",
      { class: "attachment-text" },
      blocks
        ? blockNodes(blocks.filter(isRead).map(withoutControls), surface)
        : renderMrkdwn(quote.text, store),
    ),
    h(
      "div",
      { class: "attachment-foot" },
      `${quote.footer} | ${dayAndTime(quote.ts)} | `,
      h("a", { href: quote.from_url }, "View message"),
    ),
  );
}

/** A quote is for reading: its buttons and fields work where the message is. */
function isRead(block) {
  return !["actions", "context_actions", "input"].includes(block.type);
}

function withoutControls(block) {
  const { accessory, ...rest } = block;
  return accessory?.type === "image" ? block : rest;
}

function olderNode(attachment, surface) {
  const { store } = surface;
  const marked = (text) => (text ? renderMrkdwn(text, store) : null);
  const titled = attachment.title_link ? link(attachment.title_link, attachment.title) : attachment.title;
  const color = NAMED_COLORS[attachment.color] ?? readColor(attachment.color);
  return h(
    "div",
    { class: "attachment-holder" },
    attachment.pretext ? h("div", { class: "attachment-pretext" }, marked(attachment.pretext)) : null,
    h(
      "div",
      { class: "unfurl", style: color ? { "--bar": color } : {} },
      attachment.author_name ? h("div", { class: "attachment-author" }, attachment.author_name) : null,
      attachment.title ? h("div", { class: "attachment-title" }, titled) : null,
      attachment.blocks
        ? blockNodes(attachment.blocks, surface)
        : h("div", null, marked(attachment.text ?? (attachment.title ? "" : attachment.fallback))),
      attachment.fields ? fieldNodes(attachment.fields, marked) : null,
      attachment.image_url
        ? pictureNode({
            title: "",
            alt: attachment.fallback || attachment.title || "Picture",
            url: attachment.image_url,
          })
        : null,
      attachment.footer ? h("div", { class: "attachment-foot" }, footOf(attachment)) : null,
    ),
  );
}

/** Blocks of their own, on the same ground as the message's. */
function blockNodes(blocks, surface) {
  const holder = h("div", { class: "attachment-blocks" });
  showBlocks(holder, blocks, { ...surface });
  return holder;
}

function fieldNodes(fields, marked) {
  return h(
    "dl",
    { class: "attachment-fields" },
    fields.map(({ title, value, short }) =>
      h("div", { class: short ? "short" : "" }, h("dt", null, title), h("dd", null, marked(value))),
    ),
  );
}

function footOf({ footer, ts }) {
  return ts ? `${footer} | ${dayAndTime(String(ts))}` : footer;
}

function readColor(color) {
  const digits = /^#?([0-9a-f]{6}|[0-9a-f]{3})$/i.exec(color ?? "")?.[1];
  return digits ? `#${digits}` : null;
}
