/** Ctrl+K: jump to a channel, a direct message, an app, or become another person, by a few letters. */

import { avatar } from "./avatar.js";
import { h, uniqueId } from "./dom.js";
import { icon } from "./icons.js";
import { openDialog } from "./overlay.js";

export function openSwitcher(store, { actAs }) {
  if (document.querySelector("dialog[open]")) return;
  const list = h("div", { class: "options", role: "listbox", id: uniqueId("places") });
  const field = h("input", {
    class: "switcher-field",
    role: "combobox",
    "aria-expanded": "true",
    "aria-controls": list.id,
    "aria-label": "Jump to",
    placeholder: "Jump to a channel, an app, or a person to act as",
    autocomplete: "off",
  });
  const places = placesOf(store, actAs);
  let shown = [];
  let active = 0;
  const go = (place) => {
    dialog.close();
    place.go();
  };
  const show = () => {
    const wanted = field.value.trim().toLowerCase();
    shown = places.filter((place) => place.name.toLowerCase().includes(wanted));
    active = Math.min(active, Math.max(0, shown.length - 1));
    list.replaceChildren(
      ...shown.map((place, index) =>
        h(
          "div",
          {
            class: `option${index === active ? " active" : ""}`,
            role: "option",
            id: `${list.id}-${index}`,
            "aria-selected": String(index === active),
            on: { click: () => go(place) },
          },
          place.mark(),
          h("span", { class: "option-text" }, place.name),
          h("span", { class: "option-side" }, place.kind),
        ),
      ),
    );
    if (shown.length === 0)
      list.replaceChildren(h("div", { class: "options-none" }, `Nothing here is called “${field.value}”.`));
    field.setAttribute("aria-activedescendant", shown.length ? `${list.id}-${active}` : "");
    list.querySelector(".active")?.scrollIntoView({ block: "nearest" });
  };
  field.addEventListener("input", () => {
    active = 0;
    show();
  });
  field.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) active = (active + step + shown.length) % Math.max(1, shown.length);
    else if (event.key === "Enter" && shown[active]) go(shown[active]);
    else return;
    event.preventDefault();
    show();
  });
  const dialog = openDialog({ className: "switcher", label: "Jump to", content: [field, list] });
  show();
  field.focus();
}

/** Unread channels first, as they are what one mostly wants. */
function placesOf(store, actAs) {
  const channels = [...store.channels.values()]
    .sort((a, b) => (b.unread > 0) - (a.unread > 0))
    .map((channel) => ({
      name: store.channelName(channel),
      kind: channel.unread
        ? `${channel.unread} unread`
        : channel.kind === "im"
          ? "Direct message"
          : "Channel",
      mark: () => (channel.kind === "im" ? avatar(store.user(channel.with), "tiny") : icon("hash")),
      go: () => store.goTo({ kind: "channel", id: channel.id }),
    }));
  const apps = store.apps.map((app) => ({
    name: app.name,
    kind: "App home",
    mark: () => avatar(store.user(app.bot_user), "tiny"),
    go: () => store.goTo({ kind: "app", id: app.id }),
  }));
  const people = [...store.users.values()]
    .filter((user) => !user.is_bot && user.id !== store.me)
    .map((user) => ({
      name: store.userName(user.id),
      kind: "Act as",
      mark: () => avatar(user, "tiny"),
      go: () => actAs(user.id),
    }));
  return [...channels, ...apps, ...people];
}
