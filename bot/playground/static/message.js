/** One message: a row that is built once and afterwards changes only where the message changed. */

import { attachmentNode } from "./attachments.js";
import { avatar } from "./avatar.js";
import { showBlocks } from "./blocks.js";
import { h, refill } from "./dom.js";
import { fileNode } from "./files.js";
import { icon } from "./icons.js";
import { isJumbo, plainOf, renderMrkdwn } from "./mrkdwn.js";
import { showReactions } from "./reactions.js";
import { grownBlocks } from "./streaming.js";
import { makeSurface } from "./surface.js";
import { dayAndTime, shortTime, timeOfDay } from "./times.js";

/** The row of a message. `tools` is `{store, actions, thread}`; thread is set inside a thread pane. */
export function makeRow(message, tools) {
  const parts = {
    gutter: h("div", { class: "message-gutter" }),
    note: h("div", { class: "message-note" }),
    head: h("div", { class: "message-head" }),
    text: h("div", { class: "message-text" }),
    blocks: h("div", { class: "message-blocks" }),
    edited: h("div", { class: "message-edited" }),
    attachments: h("div", { class: "message-attachments" }),
    files: h("div", { class: "message-files" }),
    reactions: h("div", { class: "message-reactions", role: "group", "aria-label": "Reactions" }),
    replies: h("div", { class: "message-replies" }),
  };
  const { gutter, note, ...content } = parts;
  const row = h(
    "div",
    {
      class: "message",
      role: "listitem",
      tabindex: -1,
      dataset: { ts: message.ts, channel: message.channel },
    },
    note,
    gutter,
    h("div", { class: "message-content" }, Object.values(content)),
  );
  row.parts = parts;
  row.surface = makeSurface(tools.store, tools.actions, {
    type: "message",
    channel: message.channel,
    ts: message.ts,
  });
  return row;
}

/** Bring the row to what `message` says; `grouped` leaves out avatar and name. */
export function updateRow(row, message, grouped, tools) {
  const { store } = tools;
  const { parts } = row;
  const author = store.user(message.user);
  const name = message.username || author.real_name || author.name;
  row.message = message;
  row.className = [
    "message",
    grouped && "grouped",
    message.ephemeral && "ephemeral",
    isTombstone(message) && "tombstone",
  ]
    .filter(Boolean)
    .join(" ");
  row.setAttribute("aria-label", `${name}, ${timeOfDay(message.ts)}`);
  refill(parts.note, `${message.ephemeral}${message.broadcast}`, () => noteNodes(message, tools));
  refill(parts.gutter, `${grouped}${message.user}${author.color}`, () =>
    grouped ? timeLink(message, shortTime(message.ts)) : avatar({ ...author, real_name: name }),
  );
  refill(parts.head, `${grouped}${name}${message.edited}`, () =>
    grouped ? [] : headNodes(message, name, store),
  );
  showText(row, message, grouped, store);
  row.setAttribute("aria-busy", String(message.streaming === true));
  showGrown(row);
  const attached = message.attachments ?? [];
  refill(parts.attachments, JSON.stringify(attached), () =>
    attached.map((each) => attachmentNode(each, row.surface)),
  );
  refill(parts.files, JSON.stringify(message.files), () => message.files.map(fileNode));
  showReactions(parts.reactions, message, tools);
  refill(parts.replies, replyKey(message, tools), () => replySummary(message, tools));
}

/** The blocks as far as they have grown; calls itself again until all is shown. */
function showGrown(row) {
  const blocks = grownBlocks(row, row.message, () => showGrown(row));
  row.classList.toggle("streaming", row.growing);
  showBlocks(row.parts.blocks, blocks, row.surface);
}

/** A line over the message: who sees it, or that it answers in a thread. */
function noteNodes(message, { store, thread }) {
  if (message.ephemeral) return [icon("eye"), h("span", null, "Only visible to you")];
  if (!message.broadcast || thread) return [];
  const open = () => store.openThread({ channel: message.channel, ts: message.thread_ts });
  const view = h("button", { type: "button", class: "mention", on: { click: open } }, "View thread");
  return [h("span", null, "Replied to a thread. "), view];
}

function headNodes(message, name, store) {
  return [
    h("span", { class: "message-name" }, name),
    message.is_bot ? h("span", { class: "app-badge" }, "APP") : null,
    timeLink(message, timeOfDay(message.ts)),
    message.user === store.me ? h("span", { class: "visually-hidden" }, "(you)") : null,
  ];
}

function timeLink(message, shown) {
  return h(
    "time",
    {
      class: "message-time",
      "data-tip": dayAndTime(message.ts),
      datetime: new Date(Number.parseFloat(message.ts) * 1000).toISOString(),
    },
    shown,
  );
}

/** The text stands in for blocks, as in Slack: with blocks it is only the notification's. */
function showText(row, message, grouped, store) {
  const shown = message.blocks?.length ? "" : message.text;
  refill(row.parts.text, `${shown}|${message.edited}`, () => (shown ? renderMrkdwn(shown, store) : []));
  row.parts.text.classList.toggle("jumbo", Boolean(shown) && isJumbo(shown));
  if (message.edited && !row.querySelector(".edited")) {
    const { text, head, edited } = row.parts;
    (shown ? text : grouped ? edited : head).append(
      h("span", { class: "edited", "data-tip": "This message was changed" }, " (edited)"),
    );
  }
}

function isTombstone(message) {
  return message.text === "This message was deleted." && !message.blocks && message.reply_count > 0;
}

/** What everybody sees under a message: private lines in its thread are no replies. */
function repliesOf(message, store) {
  const thread = store.messagesIn(message.channel, message.ts);
  return thread.filter((reply) => reply.ts !== message.ts && !reply.ephemeral);
}

function replyKey(message, { store, thread }) {
  if (thread) return "none";
  const replies = repliesOf(message, store);
  return replies.length ? `${replies.length}${replies.at(-1).ts}` : "none";
}

/** Avatars of who replied, how many, when last; opens the thread. */
function replySummary(message, { store, thread }) {
  const replies = thread ? [] : repliesOf(message, store);
  if (replies.length === 0) return [];
  const people = [...new Set(replies.map((reply) => reply.user))].slice(0, 5);
  const count = `${replies.length} ${replies.length === 1 ? "reply" : "replies"}`;
  return h(
    "button",
    {
      type: "button",
      class: "thread-summary",
      on: { click: () => store.openThread({ channel: message.channel, ts: message.ts }) },
    },
    h(
      "span",
      { class: "thread-people" },
      people.map((user) => avatar(store.user(user), "small")),
    ),
    h("span", { class: "thread-count" }, count),
    h(
      "span",
      { class: "thread-last" },
      `Last reply ${dayAndTime(replies.at(-1).ts).replace(/^T/, "t").replace(/^Y/, "y")}`,
    ),
  );
}

/** What a screen reader hears of a new message. */
export function spoken(message, store) {
  const text = message.text || (message.blocks ?? []).map((block) => block.text?.text ?? "").join(" ");
  return `${message.username || store.userName(message.user)}: ${plainOf(text, store).slice(0, 200)}`;
}
