/** The inspector: a panel beside the conversation with what apps and Slack say, and faults on purpose. */

import { h } from "./dom.js";
import { icon } from "./icons.js";
import { ExchangeList } from "./inspector_exchanges.js";
import { makeFaults } from "./inspector_faults.js";
import { recall, remember } from "./preferences.js";

const TABS = [
  ["exchanges", "Exchanges"],
  ["faults", "Faults"],
];

/** The panel's element and the button that opens it; `window` is the frame that makes room for it. */
export function makeInspector(store) {
  const exchanges = new ExchangeList(store);
  const faults = makeFaults(store);
  const pages = { exchanges: exchanges.element, faults };
  const body = h("div", { class: "inspector-body" });
  const tabs = h("nav", { class: "tabs inspector-tabs", "aria-label": "Inspector's pages" });
  const panel = h(
    "aside",
    { class: "inspector", id: "inspector", "aria-label": "Inspector", hidden: true },
    h(
      "header",
      { class: "pane-head" },
      h(
        "div",
        { class: "pane-title" },
        h("h2", { class: "pane-name" }, "Inspector"),
        h("span", { class: "pane-topic" }, "What apps and Slack say to each other"),
      ),
      h(
        "button",
        {
          type: "button",
          class: "icon-button",
          "aria-label": "Close the inspector",
          on: { click: () => show(false) },
        },
        icon("close"),
      ),
    ),
    tabs,
    body,
  );
  const button = makeButton(store, () => show(panel.hidden));

  function show(open) {
    panel.hidden = !open;
    document.body.classList.toggle("with-inspector", open);
    button.setAttribute("aria-expanded", String(open));
    remember("inspector", open || null);
    if (open) goTo(recall("inspector.tab", "exchanges"));
    else exchanges.stop();
  }

  function goTo(tab) {
    remember("inspector.tab", tab);
    tabs.replaceChildren(...TABS.map(([name, label]) => tabButton(name, label, tab)));
    body.replaceChildren(pages[tab]);
    if (tab === "exchanges") exchanges.start();
    else exchanges.stop();
  }

  const tabButton = (name, label, current) =>
    h(
      "button",
      {
        type: "button",
        class: "tab",
        "aria-current": name === current ? "page" : null,
        on: { click: () => goTo(name) },
      },
      label,
    );

  panel.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.defaultPrevented) return;
    show(false);
    button.focus();
  });
  if (recall("inspector") && matchMedia("(min-width: 1101px)").matches) show(true);
  return { panel, button };
}

/** In the top bar; says how many faults are at work, for a fault that is forgotten is a long search. */
function makeButton(store, toggle) {
  const count = h("span", { class: "inspector-count", hidden: true });
  const button = h(
    "button",
    {
      type: "button",
      class: "icon-button inspector-button",
      "aria-label": "Inspector",
      "aria-controls": "inspector",
      "aria-expanded": "false",
      on: { click: toggle },
    },
    icon("inspect"),
    count,
  );
  const show = () => {
    const faults = store.faults.length;
    count.textContent = String(faults);
    count.hidden = faults === 0;
    button.dataset.tip = faults
      ? `Inspector: ${faults === 1 ? "a fault is" : `${faults} faults are`} at work`
      : "Inspector";
  };
  for (const topic of ["snapshot", "faults"]) store.on(topic, show);
  show();
  return button;
}
