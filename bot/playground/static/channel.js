/** The conversation pane: a channel or direct message with its head, messages and composer. */

import { avatar } from "./avatar.js";
import { Composer } from "./composer.js";
import { h } from "./dom.js";
import { appTabs } from "./home.js";
import { icon } from "./icons.js";
import { MessageList } from "./message_list.js";
import { backButton } from "./mobile.js";

export class ChannelPane {
  element;
  list;
  composer;
  #store;
  #actions;
  #id;
  #title = h("div", { class: "pane-title" });

  constructor({ store, actions, id }) {
    this.#store = store;
    this.#actions = actions;
    this.#id = id;
    const channel = store.channels.get(id);
    const name = channel.kind === "im" ? store.channelName(channel) : `#${channel.name}`;
    this.list = new MessageList({ store, actions, channel: id, head: welcome(channel, store) });
    this.composer = new Composer({
      store,
      actions,
      channel: id,
      placeholder: `Message ${name}`,
      onSend: () => this.list.toFoot(),
    });
    this.showHead();
    this.list.element.addEventListener("keydown", (event) => event.key === "Escape" && this.focus());
    this.element = h(
      "main",
      { class: "pane", "aria-label": name },
      h("header", { class: "pane-head" }, backButton(store), this.#title),
      this.#tabs(channel),
      this.list.element,
      this.composer.element,
    );
  }

  dispose() {
    this.list.dispose();
  }

  focus() {
    this.composer.focus();
  }

  showHead() {
    const channel = this.#store.channels.get(this.#id);
    const direct = channel.kind === "im";
    this.#title.replaceChildren(
      h(
        "h2",
        { class: "pane-name" },
        direct ? avatar(this.#store.user(channel.with), "small") : icon("hash"),
        this.#store.channelName(channel),
      ),
      ...(channel.topic ? [h("span", { class: "pane-topic" }, channel.topic)] : []),
    );
  }

  /** Bring the list up to date after something changed in this channel. */
  changed({ channel, message, added } = {}) {
    if (channel !== undefined && channel !== this.#id) return;
    const isReply = message?.thread_ts && message.thread_ts !== message.ts;
    this.list.sync(added && !isReply ? message : null);
    this.markRead();
  }

  /** Reading is being at the foot of the channel in a visible window. */
  markRead() {
    const unread = this.#store.channels.get(this.#id)?.unread ?? 0;
    if (unread > 0 && this.list.atFoot && document.visibilityState === "visible")
      this.#actions.markRead(this.#id);
  }

  #tabs(channel) {
    const app = channel.kind === "im" ? this.#store.appOfBot(channel.with) : null;
    return app ? appTabs(this.#store, app, "messages") : null;
  }
}

function welcome(channel, store) {
  if (channel.kind === "im") {
    return [
      avatar(store.user(channel.with), "large"),
      h("h3", null, store.channelName(channel)),
      h(
        "p",
        { class: "muted" },
        `This is the start of your direct messages with ${store.channelName(channel)}. Only the two of you can see them.`,
      ),
    ];
  }
  return [
    h("h3", null, icon("hash"), channel.name),
    h("p", { class: "muted" }, `This is the very beginning of the #${channel.name} channel.`),
    ...store.commands.map(({ command, usage_hint }) =>
      h("p", { class: "muted" }, "Try ", h("code", null, `${command} ${usage_hint ?? ""}`)),
    ),
  ];
}
