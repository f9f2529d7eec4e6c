/** Left of the conversation: the workspace's name, its channels, direct messages and apps. */

import { avatar } from "./avatar.js";
import { arrowKeys, h, refill } from "./dom.js";
import { icon } from "./icons.js";

/** The sidebar's element, kept current by the store. */
export function makeSidebar(store, { switchChannel }) {
  const head = h("header", { class: "sidebar-head" });
  const sections = h("nav", { class: "sidebar-sections", "aria-label": "Channels and apps" });
  const sidebar = h("aside", { class: "sidebar", id: "sidebar" }, head, sections);
  arrowKeys(sections, ".sidebar-item");
  const show = () => {
    refill(head, store.team.name, () => [
      h("h1", { class: "workspace-name" }, store.team.name),
      h(
        "button",
        {
          type: "button",
          class: "icon-button",
          "aria-label": "Jump to a channel",
          "data-tip": "Jump to… (Ctrl K)",
          on: { click: switchChannel },
        },
        icon("compose"),
      ),
    ]);
    const focused = sections.contains(document.activeElement) ? document.activeElement.dataset.key : null;
    refill(
      sections,
      JSON.stringify([
        store.place,
        store.apps,
        [...store.channels.values()],
        [...store.users.values()],
        store.me,
      ]),
      () => sectionNodes(store),
    );
    if (focused) sections.querySelector(`[data-key="${CSS.escape(focused)}"]`)?.focus();
  };
  for (const topic of ["snapshot", "channels", "apps", "place"]) store.on(topic, show);
  return sidebar;
}

function sectionNodes(store) {
  const channels = [...store.channels.values()];
  const ofKind = (kind) => channels.filter((channel) => channel.kind === kind);
  return [
    section(
      "Channels",
      ofKind("channel").map((channel) => channelItem(channel, store)),
    ),
    section(
      "Direct messages",
      ofKind("im").map((channel) => channelItem(channel, store)),
    ),
    section(
      "Apps",
      store.apps.map((app) => appItem(app, store)),
    ),
  ];
}

function section(title, items) {
  const list = h("ul", { class: "sidebar-list" }, items);
  const fold = () => {
    list.hidden = !list.hidden;
    button.setAttribute("aria-expanded", String(!list.hidden));
  };
  const button = h(
    "button",
    { type: "button", class: "sidebar-title", "aria-expanded": "true", on: { click: fold } },
    icon("chevron"),
    title,
  );
  return h("section", { class: "sidebar-section" }, button, list);
}

function channelItem(channel, store) {
  const direct = channel.kind === "im";
  const user = direct ? store.user(channel.with) : null;
  const current = store.place?.kind === "channel" && store.place.id === channel.id;
  const unread = channel.unread > 0 && !current;
  const name = store.channelName(channel);
  return item({
    key: channel.id,
    current,
    unread,
    mark: direct ? avatar(user, "tiny") : icon("hash"),
    name,
    label: `${direct ? "Direct message with" : "Channel"} ${name}${unread ? `, ${channel.unread} unread` : ""}`,
    side: unread
      ? h("span", { class: "unread-badge" }, channel.unread > 99 ? "99+" : String(channel.unread))
      : null,
    go: () => store.goTo({ kind: "channel", id: channel.id }),
  });
}

function appItem(app, store) {
  return item({
    key: app.id,
    current: store.place?.kind === "app" && store.place.id === app.id,
    unread: false,
    mark: avatar(store.user(app.bot_user), "tiny"),
    name: app.name,
    label: `App ${app.name}, ${app.connected ? "connected" : "not connected"}`,
    side: h("span", {
      class: `presence ${app.connected ? "on" : "off"}`,
      "data-tip": app.connected ? "Connected" : "Not connected",
    }),
    go: () => store.goTo({ kind: "app", id: app.id }),
  });
}

function item({ key, current, unread, mark, name, label, side, go }) {
  return h(
    "li",
    null,
    h(
      "button",
      {
        type: "button",
        class: `sidebar-item${current ? " current" : ""}${unread ? " unread" : ""}`,
        "aria-current": current ? "page" : null,
        "aria-label": label,
        dataset: { key },
        on: { click: go },
      },
      mark,
      h("span", { class: "sidebar-name" }, name),
      side,
    ),
  );
}
