/** What the composer offers: commands after “/”, people after “@”, channels after “#”, emoji after “:”. */

import { avatar } from "./avatar.js";
import { h, uniqueId } from "./dom.js";
import { characterOf, searchEmoji, tonedName } from "./emoji.js";
import { icon } from "./icons.js";

const MOST = 8;

/** What fits the text before the caret: `{from, items: [{insert, row}], title}`, or null. */
export function suggestionsFor(text, store) {
  for (const source of [commands, people, channels, emoji]) {
    const found = source(text, store);
    if (found?.items.length) return found;
  }
  return null;
}

function commands(text, store) {
  const typed = text.match(/^\/[\w-]*$/)?.[0];
  if (typed === undefined) return null;
  const fitting = store.commands.filter(({ command }) => command.startsWith(typed.toLowerCase()));
  const commandItems = fitting.map((each) => ({
    insert: `${each.command} `,
    row: [
      h("span", { class: "suggestion-app" }, icon("apps")),
      h(
        "span",
        { class: "suggestion-main" },
        h(
          "span",
          null,
          h("strong", null, each.command),
          " ",
          h("span", { class: "suggestion-usage" }, each.usage_hint ?? ""),
        ),
        h("span", { class: "suggestion-about" }, each.description ?? ""),
      ),
      h("span", { class: "suggestion-side" }, each.app ?? ""),
    ],
  }));
  const items = [...commandItems, ...shortcutItems(typed.slice(1), store)];
  return { from: 0, items, title: "Commands and shortcuts" };
}

/** Apps' global shortcuts, by any word of their name. */
function shortcutItems(typed, store) {
  const fits = ({ type, name }) =>
    type === "global" &&
    name
      .toLowerCase()
      .split(/\s+/)
      .some((word) => word.startsWith(typed.toLowerCase()));
  return store.shortcuts.filter(fits).map((shortcut) => ({
    run: (actions) => actions.shortcut(shortcut),
    row: [
      h("span", { class: "suggestion-app" }, icon("shortcut")),
      h(
        "span",
        { class: "suggestion-main" },
        h("strong", null, shortcut.name),
        h("span", { class: "suggestion-about" }, shortcut.description),
      ),
      h("span", { class: "suggestion-side" }, shortcut.app),
    ],
  }));
}

function people(text, store) {
  const match = text.match(/(?:^|\s)@([\p{L}\p{N}_-]*)$/u);
  if (!match) return null;
  const wanted = match[1].toLowerCase();
  const fitting = [...store.users.values()].filter((user) =>
    [user.name, user.real_name].some((name) => name?.toLowerCase().startsWith(wanted)),
  );
  const items = fitting.slice(0, MOST).map((user) => ({
    insert: `@${store.userName(user.id)} `,
    row: [avatar(user, "small"), h("strong", null, store.userName(user.id))],
  }));
  return { from: text.length - match[1].length - 1, items, title: "People" };
}

function channels(text, store) {
  const match = text.match(/(?:^|\s)#([\p{L}\p{N}_-]*)$/u);
  if (!match) return null;
  const fitting = [...store.channels.values()].filter(
    (channel) => channel.kind === "channel" && channel.name.startsWith(match[1].toLowerCase()),
  );
  const items = fitting.slice(0, MOST).map((channel) => ({
    insert: `#${channel.name} `,
    row: [icon("hash"), h("strong", null, channel.name)],
  }));
  return { from: text.length - match[1].length - 1, items, title: "Channels" };
}

function emoji(text) {
  const match = text.match(/(?:^|[^\p{L}\p{N}:]):([a-z0-9_+-]{2,})$/u);
  if (!match) return null;
  const named = (each) => each.names.find((name) => name.startsWith(match[1])) ?? each.name;
  const asCharacter = !text.startsWith("/");
  const items = searchEmoji(match[1], MOST).map((each) => ({
    insert: asCharacter ? `${characterOf(tonedName(each))} ` : `:${tonedName(each)}: `,
    row: [h("span", { class: "emoji" }, each.character), h("span", null, `:${named(each)}:`)],
  }));
  return { from: text.length - match[1].length - 1, items, title: "Emoji" };
}

/** The list above the composer. The field keeps the focus; this follows it by aria-activedescendant. */
export class SuggestionList {
  element = h("div", { class: "suggestions", hidden: true });
  #field;
  #accept;
  #found = null;
  #active = 0;
  #id = uniqueId("suggestions");

  /** `accept(found, item)` puts the item into the field. */
  constructor(field, accept) {
    this.#field = field;
    this.#accept = accept;
  }

  get isOpen() {
    return this.#found !== null;
  }

  show(found) {
    this.#found = found;
    this.#active = 0;
    this.element.hidden = found === null;
    this.#render();
  }

  /** Take a key while the list is open; returns whether it was the list's. */
  takeKey(event) {
    if (!this.isOpen) return false;
    const { items } = this.#found;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) this.#active = (this.#active + step + items.length) % items.length;
    else if (event.key === "Escape") this.show(null);
    else if (event.key === "Tab" || event.key === "Enter") this.#accept(this.#found, items[this.#active]);
    else return false;
    event.preventDefault();
    event.stopPropagation();
    this.#render();
    return true;
  }

  #render() {
    if (!this.#found) {
      this.element.replaceChildren();
      for (const name of ["aria-activedescendant", "aria-controls"]) this.#field.removeAttribute(name);
      return;
    }
    const rows = this.#found.items.map((item, index) =>
      h(
        "div",
        {
          class: `suggestion${index === this.#active ? " active" : ""}`,
          role: "option",
          id: `${this.#id}-${index}`,
          "aria-selected": String(index === this.#active),
          on: {
            pointerdown: (event) => event.preventDefault(),
            click: () => this.#accept(this.#found, item),
          },
        },
        item.row,
      ),
    );
    this.element.replaceChildren(
      h(
        "div",
        { class: "suggestions-title" },
        this.#found.title,
        h("span", { class: "suggestions-keys" }, "↑ ↓ to choose, Tab or Enter to take"),
      ),
      h("div", { role: "listbox", "aria-label": this.#found.title, id: this.#id }, rows),
    );
    this.#field.setAttribute("aria-controls", this.#id);
    this.#field.setAttribute("aria-activedescendant", `${this.#id}-${this.#active}`);
    this.element.querySelector(".active")?.scrollIntoView({ block: "nearest" });
  }
}
