/** The box one writes in: sends messages and slash commands, keeps drafts, recalls what was sent. */

import { h } from "./dom.js";
import { openEmojiPicker } from "./emoji_picker.js";
import { takingFiles, WaitingFiles } from "./composer_files.js";
import { emojiTyped } from "./emoji_typing.js";
import { icon } from "./icons.js";
import { openMenu } from "./overlay.js";
import { recall, remember } from "./preferences.js";
import { SuggestionList, suggestionsFor } from "./suggestions.js";

const HISTORY = 50;
const FORMATS = [
  ["bold", "Bold", "*"],
  ["italic", "Italic", "_"],
  ["strike", "Strikethrough", "~"],
  ["code", "Code", "`"],
];

export class Composer {
  element;
  #store;
  #actions;
  #channel;
  #thread;
  #onSend;
  #field;
  #send;
  #suggestions;
  #files;
  #recalled = null;
  #draftKey;

  constructor({ store, actions, channel, thread = null, placeholder, onSend }) {
    this.#store = store;
    // Of the person who writes here: what could not be sent comes back to them, whoever acts by then.
    this.#draftKey = `draft.${store.me}.${channel}.${thread ?? ""}`;
    this.#actions = actions;
    this.#channel = channel;
    this.#thread = thread;
    this.#onSend = onSend;
    this.#field = h("textarea", {
      class: "composer-field",
      rows: 1,
      placeholder,
      "aria-label": placeholder,
      "aria-autocomplete": "list",
      "aria-haspopup": "listbox",
      on: {
        input: () => this.#typed(),
        keydown: (event) => this.#key(event),
        blur: () => this.#suggestions.show(null),
      },
    });
    this.#files = new WaitingFiles(actions, {
      changed: () => this.#fit(),
      tell: (problem) => actions.say(problem, channel, thread),
    });
    this.#suggestions = new SuggestionList(this.#field, (found, item) => this.#accept(found, item));
    this.#send = h(
      "button",
      {
        type: "button",
        class: "send",
        "aria-label": "Send now",
        "data-tip": "Send now",
        on: { click: () => this.send() },
      },
      icon("send"),
    );
    this.element = h(
      "div",
      { class: "composer-holder" },
      this.#suggestions.element,
      h(
        "div",
        { class: "composer", on: takingFiles(this.#files) },
        this.#formatBar(),
        this.#field,
        this.#files.element,
        h("div", { class: "composer-foot" }, this.#insertButtons(), this.#send),
      ),
      h(
        "div",
        { class: "composer-hint", "aria-hidden": "true" },
        h("kbd", null, "Shift"),
        " + ",
        h("kbd", null, "Return"),
        " to add a new line",
      ),
    );
    this.#setText(recall(this.#draftKey, ""));
  }

  focus() {
    this.#field.focus();
  }

  /** Put text into the box, ready to be changed and sent. */
  setText(text) {
    this.#setText(text);
    this.focus();
  }

  /** Send what stands in the box. What could not be sent comes back into it. */
  async send() {
    const text = this.#field.value.trim();
    if (!text && this.#files.ids.length === 0) return;
    const spoken = this.#asCommand(text);
    if (spoken === "unknown") return;
    this.#setText("");
    if (text) this.#remember(text);
    this.#onSend();
    const files = spoken ? [] : this.#files.take();
    const sent = spoken
      ? await this.#actions.slash(this.#channel, spoken.command, spoken.text, this.#thread)
      : await this.#actions.post(this.#channel, text, { thread: this.#thread, files });
    if (sent) return;
    if (!this.#field.value) this.#setText(text);
    if (files.length) this.#files.restore(files);
  }

  /** The command a text is, null for a plain message, "unknown" (and told so) for no command here. */
  #asCommand(text) {
    const match = text.match(/^(\/[^\s/]+)(?:\s+([\s\S]*))?$/);
    if (!match) return null;
    const known = this.#store.commands.some(({ command }) => command === match[1]);
    if (known) return { command: match[1], text: match[2] ?? "" };
    const names = this.#store.commands.map(({ command }) => `\`${command}\``).join(", ");
    this.#actions.say(
      `\`${match[1]}\` is not a command here${names ? `; there is ${names}` : ""}. To send it as a message, put a space before the slash.`,
      this.#channel,
      this.#thread,
    );
    return "unknown";
  }

  #typed() {
    this.#recalled = null;
    const caret = this.#field.selectionStart;
    const emoji = emojiTyped(this.#field.value.slice(0, caret));
    if (emoji) this.#field.setRangeText(emoji.insert, emoji.from, caret, "end");
    this.#fit();
    remember(this.#draftKey, this.#field.value);
    this.#suggestions.show(
      suggestionsFor(this.#field.value.slice(0, this.#field.selectionStart), this.#store),
    );
  }

  #key(event) {
    if (event.isComposing || this.#suggestions.takeKey(event)) return;
    if (event.key === "Enter" && !event.shiftKey && !event.altKey) {
      event.preventDefault();
      this.send();
    } else if (
      (event.key === "ArrowUp" || event.key === "ArrowDown") &&
      (this.#field.value === "" || this.#recalled !== null)
    ) {
      this.#recallSent(event);
    } else if ((event.ctrlKey || event.metaKey) && ["b", "i"].includes(event.key)) {
      event.preventDefault();
      this.#wrap(event.key === "b" ? "*" : "_");
    }
  }

  #accept(found, item) {
    if (item.run) {
      this.#setText("");
      item.run(this.#actions);
      return;
    }
    const caret = this.#field.selectionStart;
    this.#field.setRangeText(item.insert, found.from, caret, "end");
    this.#typed();
    this.#suggestions.show(null);
  }

  /** Up goes back through what this person sent, Down comes forward again. */
  #recallSent(event) {
    const sent = recall(`sent.${this.#store.me}`, []);
    const at = (this.#recalled ?? -1) + (event.key === "ArrowUp" ? 1 : -1);
    if (at >= sent.length || (at < 0 && this.#recalled === null)) return;
    event.preventDefault();
    this.#setText(at < 0 ? "" : sent[at]);
    this.#recalled = at < 0 ? null : at;
  }

  #remember(text) {
    const sent = recall(`sent.${this.#store.me}`, []).filter((each) => each !== text);
    remember(`sent.${this.#store.me}`, [text, ...sent].slice(0, HISTORY));
  }

  #setText(text) {
    this.#recalled = null;
    this.#field.value = text;
    remember(this.#draftKey, text);
    this.#suggestions.show(null);
    this.#fit();
    requestAnimationFrame(() => this.#fit());
  }

  /** Grow with the text, up to what the style sheet allows. */
  #fit() {
    this.#field.style.height = "auto";
    this.#field.style.height = `${this.#field.scrollHeight}px`;
    const empty = this.#field.value.trim() === "" && this.#files.ids.length === 0;
    this.element?.classList.toggle("filled", !empty);
  }

  #wrap(mark) {
    const { selectionStart: from, selectionEnd: to, value } = this.#field;
    this.#field.setRangeText(`${mark}${value.slice(from, to)}${mark}`, from, to, "end");
    if (from === to) this.#field.setSelectionRange(from + 1, from + 1);
    this.focus();
    this.#typed();
  }

  #insert(text) {
    this.#field.setRangeText(text, this.#field.selectionStart, this.#field.selectionEnd, "end");
    this.focus();
    this.#typed();
  }

  #formatBar() {
    const buttons = FORMATS.map(([name, label, mark]) =>
      h(
        "button",
        {
          type: "button",
          class: "icon-button",
          "aria-label": label,
          "data-tip": label,
          tabindex: -1,
          on: { pointerdown: keepFocus, click: () => this.#wrap(mark) },
        },
        icon(name),
      ),
    );
    return h("div", { class: "composer-formats", role: "toolbar", "aria-label": "Formatting" }, buttons);
  }

  #insertButtons() {
    const button = (name, label, run) =>
      h(
        "button",
        { type: "button", class: "icon-button", "aria-label": label, "data-tip": label, on: { click: run } },
        icon(name),
      );
    const emoji = button("emoji", "Emoji", () =>
      openEmojiPicker(emoji, (name) => this.#insert(`:${name}: `), { focusBack: false }),
    );
    const startCommand = () => {
      if (!this.#field.value.startsWith("/")) this.#setText(`/${this.#field.value}`);
      this.focus();
      this.#field.setSelectionRange(1, 1);
      this.#typed();
    };
    const add = button("add", "Commands and shortcuts", () => {
      const shortcuts = this.#store.shortcuts
        .filter(({ type }) => type === "global")
        .map((shortcut) => ({
          label: shortcut.name,
          side: shortcut.app,
          icon: "shortcut",
          run: () => this.#actions.shortcut(shortcut),
        }));
      const items = [
        { label: "Upload from your computer", icon: "upload", run: () => this.#files.choose() },
        { label: "Run a command…", icon: "code", run: startCommand },
      ];
      openMenu(add, shortcuts.length ? [...shortcuts, null, ...items] : items, {
        label: "Commands and shortcuts",
        above: true,
      });
    });
    return h(
      "div",
      { class: "composer-inserts" },
      add,
      emoji,
      button("mention", "Mention someone", () => this.#insert("@")),
    );
  }
}

/** A press on a format button must not take the selection away from the field. */
function keepFocus(event) {
  event.preventDefault();
}
