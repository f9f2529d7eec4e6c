/** The narrow column at the far left: the workspace, and the shortest ways to its parts. */

import { avatar } from "./avatar.js";
import { h, refill } from "./dom.js";
import { icon } from "./icons.js";
import { isNarrow } from "./mobile.js";
import { recall } from "./preferences.js";

/** The rail's element; each button leads to a place, the lowest avatar is the acting person. */
export function makeRail(store) {
  const rail = h("nav", { class: "rail", "aria-label": "Workspace" });
  const show = () =>
    refill(
      rail,
      JSON.stringify([store.place, store.me, store.team, store.apps, [...store.channels.values()]]),
      () => railNodes(store),
    );
  for (const topic of ["snapshot", "place", "apps", "channels"]) store.on(topic, show);
  return rail;
}

function railNodes(store) {
  const channels = [...store.channels.values()];
  const direct = channels.find((channel) => channel.kind === "im");
  const app = store.apps[0];
  const here =
    store.place?.kind === "app"
      ? "apps"
      : store.channels.get(store.place?.id)?.kind === "im"
        ? "direct"
        : "home";
  const lastChannel = () => {
    const last = recall(`channel.${store.me}`);
    return store.channels.has(last) ? last : channels[0].id;
  };
  return [
    h("span", { class: "workspace-icon", "aria-hidden": "true" }, [...store.team.name][0] ?? "W"),
    button("home", "Home", here, () =>
      isNarrow() ? store.emit("list", true) : store.goTo({ kind: "channel", id: lastChannel() }),
    ),
    direct &&
      button("direct", "DMs", here, () => store.goTo({ kind: "channel", id: direct.id }), direct.unread),
    app && button("apps", "Apps", here, () => store.goTo({ kind: "app", id: app.id })),
    h("span", { class: "rail-me" }, store.users.has(store.me) ? avatar(store.user(store.me)) : null),
  ];
}

function button(name, label, here, go, unread = 0) {
  const current = name === here;
  return h(
    "button",
    {
      type: "button",
      class: `rail-button${current ? " current" : ""}`,
      "aria-current": current ? "true" : null,
      on: { click: go },
    },
    h(
      "span",
      { class: "rail-icon" },
      icon(name),
      unread ? h("span", { class: "unread-badge" }, String(unread)) : null,
    ),
    h("span", { class: "rail-label" }, label),
  );
}
