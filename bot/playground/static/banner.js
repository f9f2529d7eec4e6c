/** The line over the conversation: a lost connection, or an app that has not connected yet. */

import { h, refill } from "./dom.js";
import { icon } from "./icons.js";

const PATIENCE_MS = 700;

/** An element that says what is wrong and what to do, and nothing when all is well. */
export function makeBanner(store, connection) {
  const banner = h("div", { class: "banner", role: "status", hidden: true });
  let unwell = null;
  const show = () => {
    clearTimeout(unwell);
    if (connection.status === "open") showNow();
    else unwell = setTimeout(showNow, PATIENCE_MS);
  };
  const showNow = () => {
    const content = trouble(store, connection);
    banner.hidden = content === null;
    banner.className = `banner ${content?.tone ?? ""}`;
    refill(banner, content?.key ?? "", () => content?.nodes ?? []);
  };
  for (const topic of ["connection", "apps", "snapshot"]) store.on(topic, show);
  return banner;
}

function trouble(store, connection) {
  if (connection.status !== "open") {
    const text = store.ready
      ? "The connection to the playground is lost. What you wrote is kept; trying again…"
      : "Connecting to the playground…";
    return {
      key: text,
      tone: "lost",
      nodes: [
        icon("warning"),
        h("span", null, text),
        h(
          "button",
          { type: "button", class: "banner-button", on: { click: () => connection.retryNow() } },
          "Try now",
        ),
      ],
    };
  }
  const away = store.apps.filter((app) => !app.connected).map((app) => app.name);
  if (away.length === 0 && store.apps.length > 0) return null;
  const text = awayText(away.length ? away : ["The bot"]);
  return { key: text, tone: "away", nodes: [icon("plug"), h("span", null, text)] };
}

function awayText(names) {
  const listed = new Intl.ListFormat("en").format(names);
  if (names.length === 1)
    return `${listed} isn't connected yet, so commands and buttons won't be answered. It connects by itself when it starts; if this stays, look at the terminal where it runs.`;
  return `${listed} aren't connected yet, so their commands and buttons won't be answered. They connect by themselves when they start; if this stays, look at the terminals where they run.`;
}
