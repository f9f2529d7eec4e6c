/** The bar across the top: jump box, the acting person, the inspector, light or dark. */

import { avatar } from "./avatar.js";
import { arrowKeys, h, refill } from "./dom.js";
import { icon } from "./icons.js";
import { recall, remember } from "./preferences.js";

/** `actAs(id)` changes the acting person. */
export function makeTopbar(store, { switchChannel, actAs, inspectorButton }) {
  const people = h("div", { class: "people", role: "radiogroup", "aria-label": "Acting person" });
  const jump = h(
    "button",
    { type: "button", class: "jump", on: { click: switchChannel } },
    icon("search"),
    h("span", { class: "jump-text" }),
    h("kbd", null, keyName()),
  );
  const showPeople = () => {
    refill(people, JSON.stringify([store.me, [...store.users.values()]]), () => personButtons(store, actAs));
    jump.querySelector(".jump-text").textContent = `Jump to… in ${store.team.name}`;
  };
  store.on("snapshot", showPeople);
  arrowKeys(people, "button", { horizontal: true });
  return h(
    "header",
    { class: "topbar" },
    jump,
    h("div", { class: "topbar-right" }, people, inspectorButton, themeButton()),
  );
}

function keyName() {
  return navigator.platform.startsWith("Mac") ? "⌘K" : "Ctrl K";
}

function personButtons(store, actAs) {
  const persons = [...store.users.values()].filter((user) => !user.is_bot);
  const buttons = persons.map((user) => {
    const current = user.id === store.me;
    return h(
      "button",
      {
        type: "button",
        class: `person${current ? " current" : ""}`,
        role: "radio",
        "aria-checked": String(current),
        "aria-label": `Act as ${store.userName(user.id)}`,
        "data-tip": current ? `You are ${store.userName(user.id)}` : `Act as ${store.userName(user.id)}`,
        dataset: { person: user.id },
        tabindex: current ? 0 : -1,
        on: { click: () => actAs(user.id) },
      },
      avatar(user, "small"),
      h("span", { class: "person-name" }, store.userName(user.id)),
    );
  });
  return [h("span", { class: "people-title", "aria-hidden": "true" }, "Acting as"), ...buttons];
}

/** Follows the system until pressed; then remembers. */
function themeButton() {
  const dark = () =>
    (recall("theme") ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) === "dark";
  const button = h("button", { type: "button", class: "icon-button theme-button" });
  const show = () => {
    const next = dark() ? "Light" : "Dark";
    button.replaceChildren(icon(dark() ? "sun" : "moon"));
    button.setAttribute("aria-label", `${next} theme`);
    button.dataset.tip = `${next} theme`;
  };
  button.addEventListener("click", () => {
    remember("theme", dark() ? "light" : "dark");
    document.documentElement.dataset.theme = recall("theme");
    show();
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", show);
  show();
  return button;
}
