/** The thread pane beside the conversation; on small screens it covers it. */

import { Composer } from "./composer.js";
import { h } from "./dom.js";
import { icon } from "./icons.js";
import { MessageList } from "./message_list.js";

export class ThreadPane {
  element;
  #store;
  #at;
  #list;
  #composer;

  constructor({ store, actions, channel, ts }) {
    this.#store = store;
    this.#at = { channel, ts };
    const where = store.channels.get(channel);
    const name = where.kind === "im" ? store.channelName(where) : `# ${where.name}`;
    this.#list = new MessageList({ store, actions, channel, thread: ts });
    this.#composer = new Composer({
      store,
      actions,
      channel,
      thread: ts,
      placeholder: "Reply…",
      onSend: () => this.#list.toFoot(),
    });
    const close = () => store.openThread(null);
    this.element = h(
      "aside",
      { class: "thread", "aria-label": "Thread" },
      h(
        "header",
        { class: "pane-head" },
        h(
          "div",
          { class: "pane-title" },
          h("h2", { class: "pane-name" }, "Thread"),
          h("span", { class: "pane-topic" }, name),
        ),
        h(
          "button",
          {
            type: "button",
            class: "icon-button",
            "aria-label": "Close thread",
            "data-tip": "Close (Esc)",
            on: { click: close },
          },
          icon("close"),
          icon("back"),
        ),
      ),
      this.#list.element,
      this.#composer.element,
    );
    this.element.addEventListener("keydown", (event) => {
      if (
        event.key === "Escape" &&
        !event.defaultPrevented &&
        !document.querySelector(".popover:popover-open")
      )
        close();
    });
  }

  dispose() {
    this.#list.dispose();
  }

  focus() {
    this.#composer.focus();
  }

  changed({ channel, message, added } = {}) {
    if (channel !== undefined && channel !== this.#at.channel) return;
    this.#list.sync(added && message.thread_ts === this.#at.ts ? message : null);
  }
}
