/** The page's entry: builds the parts, and keeps them on the right place, person and thread. */

import { Actions } from "./actions.js";
import { makeBanner } from "./banner.js";
import { ChannelPane } from "./channel.js";
import { Connection } from "./connection.js";
import { h } from "./dom.js";
import { loadEmoji } from "./emoji.js";
import { keepHistory } from "./history.js";
import { HomePane } from "./home.js";
import { makeInspector } from "./inspector.js";
import { spoken } from "./message.js";
import { Modals } from "./modal.js";
import { showToast, startTooltips } from "./overlay.js";
import { recall, recallInWindow, remember, rememberInWindow } from "./preferences.js";
import { makeRail } from "./rail.js";
import { makeSidebar } from "./sidebar.js";
import { Store } from "./store.js";
import { openSwitcher } from "./switcher.js";
import { ThreadPane } from "./thread.js";
import { makeTopbar } from "./topbar.js";

const FIRST_PERSON = "U0ADA";

const store = new Store();
const connection = new Connection(store);
const actions = new Actions(store, connection);
const app = document.querySelector("#app");
const stage = h("div", { class: "stage" });
const live = document.querySelector("#live");
let pane = null;
let thread = null;

/** Until the other person's page is there, nothing can be done on this one: it would be done by the wrong one. */
function actAs(person) {
  if (person === connection.person) return;
  app.inert = true;
  become(person);
}

function become(person) {
  rememberInWindow("person", person);
  connection.connectAs(person);
}

function switchChannel() {
  openSwitcher(store, { actAs });
}

/** On small screens: the list of places instead of a place. */
function showList(shown) {
  document.body.classList.toggle("at-list", shown);
  if (shown) document.querySelector(".sidebar-item.current")?.focus();
}

function knows(place) {
  return place?.kind === "app" ? store.apps.some((app) => app.id === place.id) : store.channels.has(place?.id);
}

/** Where this person was last, if that still exists; else the first channel. */
function rememberedPlace() {
  const place = recall(`place.${store.me}`);
  return knows(place) ? place : { kind: "channel", id: store.channels.keys().next().value };
}

function showPlace() {
  pane?.dispose();
  const Pane = store.place.kind === "app" ? HomePane : ChannelPane;
  pane = new Pane({ store, actions, id: store.place.id });
  stage.replaceChildren(pane.element);
  pane.list?.toFoot();
  pane.markRead?.();
  remember(`place.${store.me}`, store.place);
  if (store.channels.get(store.place.id)?.kind === "channel") remember(`channel.${store.me}`, store.place.id);
  showList(false);
  showTitle();
  if (matchMedia("(hover: hover)").matches) pane.focus();
}

function showThread() {
  thread?.dispose();
  thread?.element.remove();
  thread = store.thread && new ThreadPane({ store, actions, ...store.thread });
  stage.classList.toggle("with-thread", Boolean(thread));
  if (thread) stage.append(thread.element);
  (thread ?? pane)?.focus();
}

function showTitle() {
  const unread = [...store.channels.values()].reduce((sum, channel) => sum + channel.unread, 0);
  const place =
    store.place?.kind === "app"
      ? store.apps.find((app) => app.id === store.place.id)?.name
      : store.channels.get(store.place?.id)?.name;
  document.title = `${unread ? `(${unread}) ` : ""}${place ?? "Playground"} – ${store.team.name}`;
}

store.on("snapshot", ({ samePerson }) => {
  app.inert = false;
  document.body.classList.add("ready");
  const stays =
    samePerson && store.place && (store.place.kind === "app" || store.channels.has(store.place.id));
  if (stays) {
    pane.showHead?.();
    pane.changed();
    thread?.changed();
    showTitle();
  } else {
    store.place = knows(store.place) ? store.place : rememberedPlace();
    store.emit("place", store.place);
    store.emit("thread", null);
  }
});
store.on("place", showPlace);
store.on("thread", showThread);
store.on("list", showList);
store.on("messages", (change) => {
  if (store.place?.kind === "channel") pane.changed(change);
  thread?.changed(change);
  if (change.added && change.message.user !== store.me) live.textContent = spoken(change.message, store);
});
store.on("channels", (channel) => {
  if (store.place?.id === channel.id) pane.markRead?.();
  showTitle();
});
store.on("connection", (status) => {
  if (status === "lost") app.inert = false;
});
store.on("at_foot", () => pane.markRead?.());
for (const topic of ["home", "apps"]) store.on(topic, () => store.place?.kind === "app" && pane.changed());
store.on("toast", showToast);
document.addEventListener("visibilitychange", () => pane?.markRead?.());

document.addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
    event.preventDefault();
    switchChannel();
  } else if (event.altKey && (event.key === "ArrowUp" || event.key === "ArrowDown")) {
    event.preventDefault();
    goToNeighbour(event.key === "ArrowDown" ? 1 : -1);
  } else if (event.key === "Escape") {
    showList(false);
  }
});

/** A permalink of Slack's form leads to the message here. */
document.addEventListener("click", (event) => {
  const [, channel, seconds, serial] =
    event.target.closest?.("a")?.pathname.match(/^\/archives\/(\w+)\/p(\d+)(\d{6})$/) ?? [];
  if (!store.channels.has(channel)) return;
  event.preventDefault();
  const ts = `${seconds}.${serial}`;
  const parent = store.message(channel, ts)?.thread_ts;
  store.goTo({ kind: "channel", id: channel });
  if (parent && parent !== ts) store.openThread({ channel, ts: parent });
  document.querySelector(`.message[data-ts="${ts}"]`)?.focus();
});

/** Alt with the arrows walks through the channels in the sidebar's order. */
function goToNeighbour(step) {
  const ids = [...store.channels.keys()];
  const here = ids.indexOf(store.place?.id);
  store.goTo({ kind: "channel", id: ids[(here + step + ids.length) % ids.length] });
}

keepHistory(store, knows);
new Modals(store, actions);
const inspector = makeInspector(store);
startTooltips();
app.append(
  makeTopbar(store, { switchChannel, actAs, inspectorButton: inspector.button }),
  h(
    "div",
    { class: "window" },
    makeRail(store),
    makeSidebar(store, { switchChannel }),
    h("div", { class: "conversation" }, makeBanner(store, connection), stage),
    inspector.panel,
  ),
);
await loadEmoji();
become(recallInWindow("person", FIRST_PERSON));
