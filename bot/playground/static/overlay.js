/** Things above the page: popovers beside their anchor, dialogs, tooltips and toasts. */

import { h, present, uniqueId } from "./dom.js";
import { icon } from "./icons.js";

const GAP = 6;
const TOAST_MS = 8000;
const TIP_DELAY_MS = 120;

/**
 * Open `content` beside `anchor`; Esc, a click elsewhere or `close()` closes it and gives the
 * focus back. Returns `close`.
 */
export function openPopover(
  anchor,
  content,
  { className = "", above = false, alignEnd = false, focusBack = true, onClose } = {},
) {
  const popover = h("div", { class: `popover ${className}`, popover: "auto" }, content);
  (anchor.closest("dialog") ?? document.body).append(popover);
  popover.showPopover();
  placeBeside(popover, anchor, { above, alignEnd });
  anchor.setAttribute("aria-expanded", "true");
  const close = () => popover.isConnected && popover.hidePopover();
  addEventListener("resize", close, { once: true });
  popover.addEventListener("toggle", (event) => {
    if (event.newState !== "closed") return;
    const hadFocus = popover.contains(document.activeElement) || document.activeElement === document.body;
    popover.remove();
    anchor.setAttribute("aria-expanded", "false");
    if (focusBack && hadFocus && anchor.isConnected) anchor.focus();
    onClose?.();
  });
  return close;
}

/** Put a fixed box above or below its anchor, where there is room, inside the window. */
export function placeBeside(box, anchor, { above = false, alignEnd = false } = {}) {
  const from = anchor.getBoundingClientRect();
  const { width, height } = box.getBoundingClientRect();
  const roomBelow = innerHeight - from.bottom - GAP;
  const goAbove = above
    ? from.top - GAP >= height || from.top > roomBelow
    : roomBelow < height && from.top > roomBelow;
  const top = goAbove ? from.top - GAP - height : from.bottom + GAP;
  const left = alignEnd ? from.right - width : from.left;
  box.style.top = `${clamp(top, GAP, innerHeight - height - GAP)}px`;
  box.style.left = `${clamp(left, GAP, innerWidth - width - GAP)}px`;
}

/** A menu of buttons: `{label, icon?, side?, danger?, run}`; a null draws a line. */
export function openMenu(anchor, items, { label = "Menu", ...placing } = {}) {
  const menu = h("div", { class: "menu", role: "menu", "aria-label": label });
  let close = () => {};
  const choose = (item) => () => {
    close();
    item.run();
  };
  menu.append(
    ...items.map((item) =>
      item === null
        ? h("hr", { class: "menu-line" })
        : h(
            "button",
            {
              type: "button",
              role: "menuitem",
              class: `menu-item${item.danger ? " danger" : ""}`,
              on: { click: choose(item) },
            },
            item.icon ? icon(item.icon) : null,
            h("span", { class: "menu-label" }, item.label),
            item.side ? h("span", { class: "menu-side" }, item.side) : null,
          ),
    ),
  );
  menu.addEventListener("keydown", (event) => moveInMenu(event, menu));
  close = openPopover(anchor, menu, placing);
  menu.querySelector("button")?.focus();
}

function moveInMenu(event, menu) {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step) return;
  event.preventDefault();
  const buttons = [...menu.querySelectorAll("button")];
  buttons[(buttons.indexOf(document.activeElement) + step + buttons.length) % buttons.length].focus();
}

/** A modal dialog that closes with Esc or a click on its backdrop. Returns the element. */
export function openDialog({ className = "", label, content, onClose }) {
  const dialog = h("dialog", { class: `dialog ${className}`, "aria-label": label }, ...present([content]));
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  dialog.addEventListener("close", () => {
    dialog.remove();
    onClose?.();
  });
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}

/** Ask before something happens; resolves to whether the person agreed. */
export function confirm({ title, text, yes, no, danger = false }) {
  return new Promise((resolve) => {
    let agreed = false;
    const titleId = uniqueId("confirm");
    const decide = (answer) => () => {
      agreed = answer;
      dialog.close();
    };
    const content = [
      h("h2", { class: "dialog-title", id: titleId }, title),
      h("div", { class: "dialog-text" }, text),
      h(
        "div",
        { class: "dialog-buttons" },
        h("button", { type: "button", class: "button", on: { click: decide(false) } }, no),
        h(
          "button",
          {
            type: "button",
            class: `button ${danger ? "danger" : "primary"}`,
            autofocus: true,
            on: { click: decide(true) },
          },
          yes,
        ),
      ),
    ];
    const dialog = openDialog({ className: "confirm", content, onClose: () => resolve(agreed) });
    dialog.setAttribute("aria-labelledby", titleId);
  });
}

/** Show what `data-tip` says on hover and on keyboard focus, for the whole page. */
export function startTooltips() {
  const tip = h("div", { class: "tooltip", popover: "manual", role: "tooltip" });
  let waiting = null;
  const hide = () => {
    clearTimeout(waiting);
    if (tip.isConnected && tip.matches(":popover-open")) tip.hidePopover();
  };
  const over = (event) => {
    hide();
    const target = event.target.closest?.("[data-tip]");
    if (!target || (event.type === "focusin" && !target.matches(":focus-visible"))) return;
    waiting = setTimeout(() => target.isConnected && showTip(tip, target), TIP_DELAY_MS);
  };
  for (const type of ["pointerover", "focusin"]) document.addEventListener(type, over);
  for (const type of ["pointerdown", "keydown", "scroll", "focusout"])
    document.addEventListener(type, hide, true);
}

function showTip(tip, target) {
  (target.closest("dialog") ?? document.body).append(tip);
  tip.replaceChildren(...present([target.tipContent?.() ?? target.dataset.tip]));
  tip.showPopover();
  placeBeside(tip, target, { above: true });
  const from = target.getBoundingClientRect();
  tip.style.left = `${clamp(from.left + from.width / 2 - tip.offsetWidth / 2, GAP, innerWidth - tip.offsetWidth - GAP)}px`;
}

/** A passing line at the foot of the page, above any dialog, for news that belongs to no channel. */
export function showToast({ text, tone = "info" }) {
  const toasts = document.querySelector("#toasts");
  const toast = h("div", { class: `toast ${tone}`, role: tone === "error" ? "alert" : "status" }, text);
  toasts.append(toast);
  setTimeout(() => toast.remove(), TOAST_MS);
  toasts.popover = "manual";
  if (toasts.matches(":popover-open")) toasts.hidePopover();
  toasts.showPopover();
}

function clamp(value, least, most) {
  return Math.max(least, Math.min(value, most));
}
