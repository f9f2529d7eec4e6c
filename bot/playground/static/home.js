/** An app's Home tab. */

import { avatar } from "./avatar.js";
import { showBlocks } from "./blocks.js";
import { h } from "./dom.js";
import { backButton } from "./mobile.js";
import { makeSurface } from "./surface.js";

export class HomePane {
  element;
  #store;
  #actions;
  #app;
  #body = h("div", { class: "home-body" });
  #surface = null;

  constructor({ store, actions, id }) {
    this.#store = store;
    this.#actions = actions;
    this.#app = store.apps.find((app) => app.id === id);
    this.element = h(
      "main",
      { class: "pane", "aria-label": `${this.#app.name} home`, tabindex: -1 },
      h(
        "header",
        { class: "pane-head" },
        backButton(store),
        h(
          "div",
          { class: "pane-title" },
          h("h2", { class: "pane-name" }, avatar(store.user(this.#app.bot_user), "small"), this.#app.name),
        ),
      ),
      appTabs(store, this.#app, "home"),
      h("div", { class: "home-scroller" }, this.#body),
    );
    this.changed();
    actions.openHome(id);
  }

  dispose() {}

  focus() {
    this.element.focus();
  }

  /** Show the view the app has published for the acting person. */
  changed() {
    const view = this.#store.homes[this.#app.id];
    if (!view) {
      this.#body.replaceChildren(
        h(
          "div",
          { class: "home-empty" },
          avatar(this.#store.user(this.#app.bot_user), "large"),
          h("h3", null, `${this.#app.name} has no home yet`),
          h(
            "p",
            { class: "muted" },
            this.#app.connected
              ? "The app has been told that you are here."
              : "It can write one once it is connected.",
          ),
        ),
      );
      this.#surface = null;
      return;
    }
    if (!this.#surface) this.#body.replaceChildren();
    this.#surface ??= makeSurface(this.#store, this.#actions, null);
    this.#surface.container = { type: "view", view_id: view.id };
    showBlocks(this.#body, view.blocks, this.#surface);
  }
}

/** Home and Messages, as Slack shows them over an app's two pages. */
export function appTabs(store, app, current) {
  const direct = store.directMessageWith(app.bot_user);
  const tab = (name, label, go) =>
    h(
      "button",
      { type: "button", class: "tab", "aria-current": name === current ? "page" : null, on: { click: go } },
      label,
    );
  return h(
    "nav",
    { class: "tabs", "aria-label": `${app.name}'s pages` },
    tab("home", "Home", () => store.goTo({ kind: "app", id: app.id })),
    direct ? tab("messages", "Messages", () => store.goTo({ kind: "channel", id: direct.id })) : null,
  );
}
