/** The small bar that floats over the message under the pointer or the focus. One bar serves the whole list. */

import { h } from "./dom.js";
import { characterOf } from "./emoji.js";
import { openEmojiPicker } from "./emoji_picker.js";
import { icon } from "./icons.js";
import { openEditor } from "./message_editor.js";
import { plainOf } from "./mrkdwn.js";
import { confirm, openMenu } from "./overlay.js";
import { permalinkOf } from "./permalinks.js";

const QUICK = ["+1", "-1"];

/** Attach the bar to `list`; rows carry their `message`. `thread` is set inside a thread pane. */
export function attachToolbar(list, { store, actions, thread }) {
  const bar = h("div", { class: "message-toolbar", role: "toolbar", "aria-label": "Message actions" });
  const track = h("div", { class: "toolbar-track" }, bar);
  const show = (event) => {
    const row = event.target.closest(".message");
    if (!row?.message || track.parentElement === row || bar.querySelector("[aria-expanded=true]")) return;
    bar.replaceChildren(...buttonsFor(row.message, { store, actions, thread }));
    row.append(track);
  };
  list.addEventListener("pointerover", show);
  list.addEventListener("focusin", show);
  list.addEventListener("keydown", (event) => shortcut(event, bar, { store, actions }));
}

/** With a message focused: R reacts, T opens the thread, E edits what one wrote. */
function shortcut(event, bar, tools) {
  if (!event.target.matches(".message") || event.ctrlKey || event.metaKey || event.altKey) return;
  const wanted = { r: "[data-act=react]", t: "[data-act=thread]" }[event.key.toLowerCase()];
  const edits = event.key.toLowerCase() === "e" && isOwn(event.target.message, tools.store);
  if (!wanted && !edits) return;
  event.preventDefault();
  if (edits) openEditor(event.target, tools);
  else bar.querySelector(wanted)?.click();
}

function isOwn(message, store) {
  return message.user === store.me && !message.ephemeral && !message.is_bot;
}

function buttonsFor(message, { store, actions, thread }) {
  const button = (act, label, content, run) =>
    h(
      "button",
      {
        type: "button",
        class: "toolbar-button",
        "aria-label": label,
        "data-tip": label,
        dataset: { act },
        on: { click: run },
      },
      content,
    );
  const more = button("more", "More actions", icon("more"), () =>
    openMenu(more, menuItems(more.closest(".message"), store, actions), {
      label: "More actions",
      alignEnd: true,
    }),
  );
  if (message.ephemeral) return [more];
  const react = button("react", "Add reaction…", icon("emoji_add"), () =>
    openEmojiPicker(react, (name) => actions.react(message, name), { alignEnd: true }),
  );
  const quick = QUICK.map((name) =>
    button(
      `quick ${name}`,
      `React with :${name}:`,
      h("span", { class: "emoji" }, characterOf(name) ?? name),
      () => actions.toggleReaction(message, name),
    ),
  );
  const open = () => store.openThread({ channel: message.channel, ts: message.thread_ts ?? message.ts });
  return [
    ...quick,
    react,
    thread ? null : button("thread", "Reply in thread", icon("thread"), open),
    more,
  ].filter(Boolean);
}

function menuItems(row, store, actions) {
  const { message } = row;
  const words = () => [
    message.text,
    ...(message.blocks ?? []).map(
      (block) => block.text?.text ?? (typeof block.text === "string" ? block.text : ""),
    ),
  ];
  const copy = {
    label: "Copy text",
    icon: "copy",
    run: () => navigator.clipboard?.writeText(plainOf(words().find(Boolean) ?? "", store)),
  };
  if (message.ephemeral)
    return [
      copy,
      {
        label: "Dismiss message",
        icon: "close",
        run: () => store.forgetMessage(message.channel, message.ts),
      },
    ];
  const copyLink = {
    label: "Copy link",
    icon: "link",
    run: () => navigator.clipboard?.writeText(permalinkOf(message)),
  };
  const remove = {
    label: "Delete message…",
    icon: "trash",
    danger: true,
    run: () => removeAfterAsking(message, actions),
  };
  const own = message.user === store.me || message.is_bot;
  const offered = shortcutItems(message, store, actions);
  const edit = { label: "Edit message", icon: "compose", run: () => openEditor(row, { store, actions }) };
  const edits = isOwn(message, store) ? [edit] : [];
  const parts = [[...edits, copy, copyLink], offered, own ? [remove] : []].filter((part) => part.length);
  return parts.flatMap((part, index) => (index ? [null, ...part] : part));
}

/** What the apps offer to do with a message. */
function shortcutItems(message, store, actions) {
  return store.shortcuts
    .filter(({ type }) => type === "message")
    .map((shortcut) => ({
      label: shortcut.name,
      side: shortcut.app,
      icon: "shortcut",
      run: () => actions.shortcut(shortcut, message),
    }));
}

async function removeAfterAsking(message, actions) {
  const sure = await confirm({
    title: "Delete message",
    text: "Delete this message for everybody? This can't be undone.",
    yes: "Delete",
    no: "Cancel",
    danger: true,
  });
  if (sure) actions.remove(message);
}
