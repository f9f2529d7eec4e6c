/** Links to messages of this workspace, unfurled: who said what, where and when. */

import { avatar } from "./avatar.js";
import { h } from "./dom.js";
import { renderMrkdwn } from "./mrkdwn.js";
import { dayAndTime } from "./times.js";

const PERMALINK = /\/archives\/(\w+)\/p(\d+)(\d{6})/g;

/** The messages that a text links to and this person may read, each once. */
export function linkedMessages(text, store) {
  const found = [...(text ?? "").matchAll(PERMALINK)].map(([, channel, seconds, serial]) =>
    store.message(channel, `${seconds}.${serial}`),
  );
  return [...new Set(found)].filter(Boolean);
}

export function unfurlNode(message, store) {
  const author = store.user(message.user);
  const name = message.username || store.userName(message.user);
  const channel = store.channels.get(message.channel);
  const place = channel.kind === "im" ? store.channelName(channel) : `#${channel.name}`;
  return h(
    "blockquote",
    { class: "unfurl" },
    h("div", { class: "unfurl-author" }, avatar({ ...author, real_name: name }, "tiny"), name),
    h("div", { class: "unfurl-text" }, renderMrkdwn(message.text, store)),
    h(
      "div",
      { class: "unfurl-foot" },
      `Posted in ${place} | ${dayAndTime(message.ts)} | `,
      h("a", { href: permalinkOf(message) }, "View message"),
    ),
  );
}

/** Where a message is, in the form of Slack's own links. */
export function permalinkOf(message) {
  const address = `${location.origin}/archives/${message.channel}/p${message.ts.replace(".", "")}`;
  const isReply = message.thread_ts && message.thread_ts !== message.ts;
  return isReply ? `${address}?thread_ts=${message.thread_ts}&cid=${message.channel}` : address;
}
