/**
 * Building the page. Text that came from people or models only ever becomes text nodes:
 * nothing in this playground parses HTML.
 */

/** Make an element. `on` holds event listeners, `style` and `dataset` objects; the rest are attributes. */
export function h(tag, attributes, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes ?? {})) setAttribute(element, name, value);
  element.append(...present(children));
  return element;
}

/** As `h`, for the elements of a drawing. */
export function s(tag, attributes, ...children) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes ?? {})) setAttribute(element, name, value);
  element.append(...present(children));
  return element;
}

/** Set, or with null and false remove, one attribute; true sets it empty. */
export function setAttribute(element, name, value) {
  if (name === "on") {
    for (const [event, listener] of Object.entries(value)) element.addEventListener(event, listener);
  } else if (name === "style") {
    for (const [property, setting] of Object.entries(value)) element.style.setProperty(property, setting);
  } else if (name === "dataset") {
    Object.assign(element.dataset, value);
  } else if (name === "value" || name === "checked") {
    element[name] = value;
  } else if (value === null || value === undefined || value === false) {
    element.removeAttribute(name);
  } else {
    element.setAttribute(name, value === true ? "" : String(value));
  }
}

/** Children as `append` wants them: flat, without the absent ones. */
export function present(children) {
  return children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false);
}

/** Refill `element` only when `key` differs from the last time, so that focus and pickers survive. */
export function refill(element, key, build) {
  if (element.contentKey === key) return;
  element.contentKey = key;
  element.replaceChildren(...present([build()]));
}

/**
 * Make the children of `parent` those of `items`, in order, reusing nodes by key.
 * `create(item)` builds a node once; `update(node, item)` runs for every item.
 */
export function reconcile(parent, items, keyOf, create, update = () => {}) {
  const known = new Map([...parent.children].map((node) => [node.reconcileKey, node]));
  let cursor = parent.firstElementChild;
  for (const item of items) {
    const key = keyOf(item);
    let node = known.get(key);
    known.delete(key);
    if (!node) {
      node = create(item);
      node.reconcileKey = key;
    }
    if (node === cursor) cursor = cursor.nextElementSibling;
    else parent.insertBefore(node, cursor);
    update(node, item);
  }
  for (const node of known.values()) node.remove();
}

/** Arrow keys, Home and End move the focus among `selector` inside `container`. */
export function arrowKeys(container, selector, { horizontal = false } = {}) {
  const [back, forward] = horizontal ? ["ArrowLeft", "ArrowRight"] : ["ArrowUp", "ArrowDown"];
  container.addEventListener("keydown", (event) => {
    if (![back, forward, "Home", "End"].includes(event.key) || event.altKey || event.ctrlKey || event.metaKey)
      return;
    const stops = [...container.querySelectorAll(selector)].filter((stop) => stop.offsetParent !== null);
    const here = stops.indexOf(document.activeElement);
    if (here < 0) return;
    const last = stops.length - 1;
    const next = { [back]: Math.max(0, here - 1), [forward]: Math.min(last, here + 1), Home: 0, End: last }[
      event.key
    ];
    event.preventDefault();
    stops[next].focus();
  });
}

let lastId = 0;

/** An id that no other element has, to tie labels to fields. */
export function uniqueId(prefix) {
  lastId += 1;
  return `${prefix}-${lastId}`;
}
