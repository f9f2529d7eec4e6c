/** The messages of a channel or a thread: grouped, divided by days, kept at the foot while one reads there. */

import { arrowKeys, h, reconcile } from "./dom.js";
import { icon } from "./icons.js";
import { makeRow, updateRow } from "./message.js";
import { dayKey, dayName } from "./times.js";
import { attachToolbar } from "./toolbar.js";

const GROUP_SECONDS = 300;
const AT_FOOT_PIXELS = 40;

export class MessageList {
  element;
  #tools;
  #channel;
  #list;
  #scroller;
  #pill;
  #atFoot = true;
  #firstUnread = null;
  #head;
  #observer;

  /** `head` is what stands above the first message; `thread` the ts of the parent in a thread pane. */
  constructor({ store, actions, channel, thread = null, head = [] }) {
    this.#tools = { store, actions, thread };
    this.#channel = channel;
    this.#head = h("div", { class: "list-head" }, head);
    this.#list = h("div", { class: "messages", role: "list", "aria-label": thread ? "Thread" : "Messages" });
    this.#scroller = h(
      "div",
      { class: "scroller", on: { scroll: () => this.#scrolled() } },
      this.#head,
      this.#list,
    );
    this.#pill = h(
      "button",
      { type: "button", class: "new-pill", hidden: true, on: { click: () => this.toFoot() } },
      icon("arrow"),
      "New messages",
    );
    this.element = h("div", { class: "list-holder" }, this.#scroller, this.#pill);
    attachToolbar(this.#list, this.#tools);
    arrowKeys(this.#list, ".message");
    this.#observer = new ResizeObserver(() => this.#atFoot && this.toFoot());
    for (const watched of [this.#list, this.#scroller]) this.#observer.observe(watched);
    this.#markUnread();
    this.sync();
  }

  /** Stop watching; the list is leaving the page. */
  dispose() {
    this.#observer.disconnect();
  }

  /** Bring the rows to what the store holds; `added` is a message that has just come. */
  sync(added = null) {
    const items = this.#items();
    reconcile(
      this.#list,
      items,
      (item) => item.key,
      (item) => this.#create(item),
      (node, item) => {
        if (item.message) updateRow(node, item.message, item.grouped, this.#tools);
      },
    );
    this.#keepOneStop();
    if (added && (this.#atFoot || added.user === this.#tools.store.me)) this.toFoot();
    else if (added) this.#pill.hidden = false;
  }

  toFoot() {
    this.#scroller.scrollTop = this.#scroller.scrollHeight;
    this.#atFoot = true;
    this.#pill.hidden = true;
  }

  get atFoot() {
    return this.#atFoot;
  }

  focusLast() {
    this.#list.querySelector(".message:last-of-type")?.focus();
  }

  #items() {
    const { store, thread } = this.#tools;
    const items = [];
    let previous = null;
    const messages = store.messagesIn(this.#channel, thread);
    const replies = thread ? messages.filter(({ ts, ephemeral }) => ts !== thread && !ephemeral).length : 0;
    for (const message of messages) {
      if (replies > 0 && previous?.ts === thread) items.push({ key: `replies ${replies}`, replies });
      const newDay = !thread && (!previous || dayKey(previous.ts) !== dayKey(message.ts));
      if (newDay) items.push({ key: `day ${dayKey(message.ts)}`, day: message.ts });
      if (!thread && message.ts === this.#firstUnread) items.push({ key: "unread", unread: true });
      items.push({
        key: message.ts,
        message,
        grouped: !newDay && message.ts !== this.#firstUnread && belongsTogether(previous, message, thread),
      });
      previous = message;
    }
    return items;
  }

  #create(item) {
    if (item.day)
      return h("div", { class: "day-divider", role: "listitem" }, h("span", null, dayName(item.day)));
    if (item.unread) return h("div", { class: "unread-divider", role: "listitem" }, h("span", null, "New"));
    if (item.replies)
      return h(
        "div",
        { class: "replies-divider", role: "listitem" },
        h("span", null, item.replies === 1 ? "1 reply" : `${item.replies} replies`),
      );
    return makeRow(item.message, this.#tools);
  }

  /** Where the red line goes: above the first of the messages that were unread on arrival. */
  #markUnread() {
    const { store, thread } = this.#tools;
    const unread = thread ? 0 : (store.channels.get(this.#channel)?.unread ?? 0);
    const others = store
      .messagesIn(this.#channel)
      .filter((message) => message.user !== store.me && !message.local);
    this.#firstUnread = unread > 0 ? (others.at(-unread)?.ts ?? others[0]?.ts ?? null) : null;
  }

  /** The list is one stop for Tab; arrows move inside it. */
  #keepOneStop() {
    const rows = [...this.#list.querySelectorAll(".message")];
    const current =
      rows.find((row) => row === document.activeElement || row.contains(document.activeElement)) ??
      rows.at(-1);
    for (const row of rows) row.tabIndex = row === current ? 0 : -1;
  }

  #scrolled() {
    const { scrollTop, scrollHeight, clientHeight } = this.#scroller;
    this.#atFoot = scrollHeight - scrollTop - clientHeight < AT_FOOT_PIXELS;
    if (this.#atFoot && !this.#pill.hidden) this.#pill.hidden = true;
    if (this.#atFoot) this.#tools.store.emit("at_foot", this.#channel);
  }
}

function belongsTogether(previous, message, thread) {
  if (!previous || previous.ts === thread || previous.ephemeral || message.ephemeral) return false;
  const sameAuthor = previous.user === message.user && previous.username === message.username;
  return sameAuthor && Number.parseFloat(message.ts) - Number.parseFloat(previous.ts) < GROUP_SECONDS;
}
