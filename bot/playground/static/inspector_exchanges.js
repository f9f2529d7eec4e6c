/** The inspector's list: exchanges as they happen, narrowed by filters, the newest at the foot. */

import { arrowKeys, h, reconcile } from "./dom.js";
import { icon } from "./icons.js";
import { makeEntry, showEntry } from "./inspector_entry.js";

const KINDS = [
  ["", "Everything"],
  ["envelope", "Envelopes"],
  ["call", "Web API calls"],
  ["response_url", "Response addresses"],
  ["upload", "Uploads"],
  ["socket", "Sockets"],
  ["fault", "Faults"],
];
const SHOWN = 500;
const WAIT_SECONDS = 25;
const RETRY_MS = 1_000;
const TYPING_MS = 200;

export class ExchangeList {
  element;
  #store;
  #list = h("ol", { class: "exchanges", "aria-label": "Exchanges" });
  #scroller;
  #empty = h("p", { class: "exchanges-empty muted" });
  #filter = { text: "", kind: "", name: "", app: "", failed: "" };
  #apps = select("App", [["", "All apps"]], (value) => this.#narrow({ app: value }));
  #entries = new Map();
  #revision = 0;
  #listening = null;
  #typing = null;

  constructor(store) {
    this.#store = store;
    this.#scroller = h("div", { class: "exchanges-scroller" }, this.#list, this.#empty);
    this.element = h("div", { class: "exchanges-page" }, this.#filters(), this.#scroller);
    arrowKeys(this.#list, ".exchange-head");
    store.on("snapshot", () => this.#offerApps());
    this.#offerApps();
  }

  /** Follow what happens, until `stop`. */
  start() {
    if (this.#listening) return;
    this.#listening = new AbortController();
    this.#entries.clear();
    this.#revision = 0;
    this.#listen(this.#listening.signal);
  }

  stop() {
    this.#listening?.abort();
    this.#listening = null;
  }

  async #listen(signal) {
    let wait = 0;
    while (!signal.aborted) {
      const answer = await this.#ask(wait, signal);
      if (signal.aborted) return;
      if (answer) this.#take(answer);
      else await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      wait = answer ? WAIT_SECONDS : 0;
    }
  }

  async #ask(wait, signal) {
    const given = Object.entries({ ...this.#filter, since: this.#revision, wait });
    const query = new URLSearchParams(given.filter(([, value]) => value !== ""));
    try {
      const response = await fetch(`inspector?${query}`, { signal });
      return response.ok ? await response.json() : null;
    } catch {
      return null;
    }
  }

  #take(answer) {
    if (answer.revision < this.#revision) this.#entries.clear();
    this.#revision = answer.revision;
    for (const entry of answer.entries) this.#entries.set(entry.number, entry);
    const first = answer.first_number ?? Number.POSITIVE_INFINITY;
    for (const number of this.#entries.keys()) if (number < first) this.#entries.delete(number);
    this.#show();
  }

  #show() {
    const atFoot = this.#scroller.scrollHeight - this.#scroller.scrollTop - this.#scroller.clientHeight < 24;
    const shown = [...this.#entries.values()].sort((a, b) => a.number - b.number).slice(-SHOWN);
    reconcile(
      this.#list,
      shown,
      (entry) => entry.number,
      () => makeEntry(),
      (node, entry) => showEntry(node, entry, this.#store),
    );
    this.#empty.hidden = shown.length > 0;
    this.#empty.textContent = Object.values(this.#filter).some(Boolean)
      ? "Nothing fits this filter."
      : "Nothing has been said yet. Run a command, or start an app.";
    if (atFoot) this.#scroller.scrollTop = this.#scroller.scrollHeight;
  }

  #narrow(change) {
    Object.assign(this.#filter, change);
    if (!this.#listening) return;
    this.stop();
    this.start();
  }

  #filters() {
    const typed = (key) => (event) => {
      clearTimeout(this.#typing);
      const { value } = event.target;
      this.#typing = setTimeout(() => this.#narrow({ [key]: value.trim() }), TYPING_MS);
    };
    const failed = h("input", {
      type: "checkbox",
      on: { change: () => this.#narrow({ failed: failed.checked ? "1" : "" }) },
    });
    return h(
      "form",
      {
        class: "exchange-filters",
        role: "search",
        "aria-label": "Filter exchanges",
        on: { submit: (event) => event.preventDefault() },
      },
      field("Search in everything", "Search", typed("text"), "search"),
      field("Method or event; * stands for anything", "Method, like chat.*", typed("name")),
      select("Kind", KINDS, (value) => this.#narrow({ kind: value })),
      this.#apps,
      h("label", { class: "filter-check" }, failed, "Failures only"),
      h(
        "button",
        {
          type: "button",
          class: "icon-button",
          "aria-label": "Forget all exchanges",
          "data-tip": "Forget all exchanges",
          on: { click: () => this.#forget() },
        },
        icon("trash"),
      ),
    );
  }

  #offerApps() {
    const { apps } = this.#store;
    this.#apps.hidden = apps.length < 2;
    const kept = this.#filter.app;
    this.#apps.replaceChildren(
      ...[["", "All apps"], ...apps.map((app) => [app.id, app.name])].map(([value, label]) =>
        h("option", { value, selected: value === kept }, label),
      ),
    );
  }

  async #forget() {
    await fetch("inspector", { method: "DELETE" }).catch(() => null);
    this.#narrow({});
  }
}

function field(label, placeholder, input, type = "text") {
  return h("input", {
    type,
    class: "field filter-field",
    "aria-label": label,
    placeholder,
    autocomplete: "off",
    spellcheck: "false",
    on: { input },
  });
}

function select(label, options, choose) {
  const element = h(
    "select",
    { class: "field filter-select", "aria-label": label, on: { change: () => choose(element.value) } },
    options.map(([value, text]) => h("option", { value }, text)),
  );
  return element;
}
