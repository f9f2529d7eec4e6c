/** Modals: the server's stack of views, the last one in front. */

import { clearError, showBlocks, showErrors } from "./blocks.js";
import { h, uniqueId } from "./dom.js";
import { avatar } from "./avatar.js";
import { icon } from "./icons.js";
import { textNodes } from "./mrkdwn.js";
import { makeSurface } from "./surface.js";

const TROUBLE = "We had some trouble connecting. Try again?";

export class Modals {
  #store;
  #actions;
  #dialog = null;
  #body = h("div", { class: "modal-body" });
  #view = null;
  #surfaces = new Map();
  #submit = null;
  #trouble = h("div", { class: "modal-trouble", role: "alert" });

  constructor(store, actions) {
    this.#store = store;
    this.#actions = actions;
    store.on("snapshot", () => this.#show());
    store.on("modals", () => this.#show());
    store.on(
      "view_errors",
      ({ view_id: id, errors }) => id === this.#view?.id && showErrors(this.#body, errors),
    );
  }

  #show() {
    const stack = this.#store.modals;
    const view = stack.at(-1) ?? null;
    const before = this.#view;
    this.#view = view;
    this.#forgetClosed(stack);
    if (!view) {
      this.#dialog?.close();
      return;
    }
    if (!this.#dialog) this.#open();
    if (before?.id !== view.id || headKey(before) !== headKey(view)) this.#frame(view, stack.length);
    showBlocks(this.#body, view.blocks, this.#surfaceOf(view));
    if (before?.id !== view.id || !this.#dialog.contains(document.activeElement)) this.#focusFirst();
  }

  #open() {
    this.#dialog = h("dialog", { class: "dialog modal" });
    this.#dialog.addEventListener("keydown", (event) => this.#key(event));
    // Escape is heard here, too, when the focus is nowhere, as after a click on plain text.
    this.#dialog.addEventListener("cancel", (event) => {
      event.preventDefault();
      this.#close();
    });
    this.#dialog.addEventListener(
      "close",
      () => {
        this.#dialog.remove();
        this.#dialog = null;
      },
      { once: true },
    );
    document.body.append(this.#dialog);
    this.#dialog.showModal();
  }

  /** Title, body and foot of a view; the body's blocks come after. */
  #frame(view, depth) {
    const titleId = uniqueId("modal");
    const app = this.#store.apps.find((each) => each.id === view.app_id);
    this.#body.replaceChildren();
    this.#trouble.textContent = "";
    this.#submit = view.submit
      ? h(
          "button",
          { type: "submit", class: "button primary", disabled: view.submit_disabled === true },
          h("span", { class: "button-label" }, textNodes(view.submit, this.#store)),
        )
      : null;
    const close = () => this.#close();
    const form = h(
      "form",
      { class: "modal-form", novalidate: true, on: { submit: (event) => this.#send(event) } },
      h(
        "header",
        { class: "modal-head" },
        app ? avatar(this.#store.user(app.bot_user), "medium") : null,
        h("h2", { class: "modal-title", id: titleId }, textNodes(view.title, this.#store)),
        h(
          "button",
          {
            type: "button",
            class: "icon-button",
            "aria-label": depth > 1 ? "Back" : "Close",
            on: { click: close },
          },
          icon(depth > 1 ? "back" : "close"),
        ),
      ),
      this.#body,
      this.#trouble,
      h(
        "footer",
        { class: "modal-foot" },
        h(
          "button",
          { type: "button", class: "button", on: { click: close } },
          ...(view.close ? textNodes(view.close, this.#store) : [this.#submit ? "Cancel" : "Close"]),
        ),
        this.#submit,
      ),
    );
    this.#dialog.replaceChildren(form);
    this.#dialog.setAttribute("aria-labelledby", titleId);
  }

  #surfaceOf(view) {
    const known = this.#surfaces.get(view.id);
    const surface = known ?? makeSurface(this.#store, this.#actions, { type: "view", view_id: view.id });
    surface.form.changed = (blockId) => clearError(this.#body, blockId);
    this.#surfaces.set(view.id, surface);
    return surface;
  }

  #forgetClosed(stack) {
    const open = new Set(stack.map((view) => view.id));
    for (const id of this.#surfaces.keys()) if (!open.has(id)) this.#surfaces.delete(id);
  }

  #focusFirst() {
    const field = this.#body.querySelector(
      "[autofocus], .block-input input, .block-input textarea, .block-input button",
    );
    (field ?? this.#submit ?? this.#dialog.querySelector("button")).focus();
  }

  #key(event) {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey))
      this.#dialog.querySelector("form").requestSubmit();
    if (event.key !== "Escape" || this.#dialog.querySelector(".popover:popover-open")) return;
    event.preventDefault();
    this.#close();
  }

  async #send(event) {
    event.preventDefault();
    const view = this.#view;
    if (!this.#submit || this.#submit.classList.contains("pending")) return;
    showErrors(this.#body, {});
    this.#trouble.textContent = "";
    this.#busy(this.#submit, true);
    const button = this.#submit;
    const answer = await this.#actions.submit(view.id, this.#surfaceOf(view).form.state(view.blocks));
    this.#busy(button, false);
    if (answer.errors) showErrors(this.#body, answer.errors);
    else if (!answer.ok) this.#trouble.textContent = TROUBLE;
  }

  #busy(button, busy) {
    button.classList.toggle("pending", busy);
    button.setAttribute("aria-busy", String(busy));
  }

  /** Leave the view in front. A view that the server no longer knows goes from the page, too. */
  async #close() {
    const view = this.#view;
    if (!view) return;
    const answer = await this.#actions.closeView(view.id);
    if (!answer.ok && this.#view === view && answer.error !== "operation_timeout") {
      this.#store.modals = this.#store.modals.filter((each) => each.id !== view.id);
      this.#store.emit("modals", this.#store.modals);
    }
  }
}

function headKey(view) {
  return JSON.stringify([view.title, view.submit, view.close, view.submit_disabled]);
}
