/** The page's line icons, drawn on a 20 × 20 grid. */

const PATHS = {
  add: "M10 4v12M4 10h12",
  apps: "M4 4h4.5v4.5H4zM11.5 4H16v4.5h-4.5zM4 11.5h4.5V16H4zM11.5 11.5H16V16h-4.5z",
  arrow: "M5 10h10M11 6l4 4-4 4",
  back: "M12.5 4.5L7 10l5.5 5.5",
  bold: "M6 4h5a3 3 0 0 1 0 6H6zM6 10h6a3 3 0 0 1 0 6H6z",
  check: "M4.5 10.5l3.5 3.5 7.5-8",
  chevron: "M6 8l4 4 4-4",
  close: "M5 5l10 10M15 5L5 15",
  code: "M7 6l-4 4 4 4M13 6l4 4-4 4",
  compose: "M4 16h3.5L16 7.5 12.5 4 4 12.5zM11 5.5L14.5 9",
  copy: "M7 7V4h9v9h-3M4 7h9v9H4z",
  direct: "M4 5.5h12v8H9.5L6 16.5v-3H4z",
  emoji: "M10 17a7 7 0 1 0 0-14 7 7 0 0 0 0 14zM7.5 8v.6M12.5 8v.6M6.8 11.5c1.4 2.4 5 2.4 6.4 0",
  emoji_add:
    "M11 3.3A7 7 0 1 0 16.8 9.5M7.4 8.3v.5M12 8.3v.5M6.8 11.5c1.4 2.3 4.9 2.3 6.3 0M15 2v5M12.5 4.5h5",
  expand: "M12 4h4v4M8 16H4v-4M16 4l-5 5M4 16l5-5",
  eye: "M2.5 10S5.2 5 10 5s7.5 5 7.5 5-2.7 5-7.5 5-7.5-5-7.5-5zM10 12a2 2 0 1 0 0-4 2 2 0 0 0 0 4z",
  file: "M5.5 3H12l3 3v11h-9.5zM12 3v3h3",
  calendar: "M4 5.5h12v11H4zM4 8.5h12M7.5 3.5v3M12.5 3.5v3",
  clock: "M10 17a7 7 0 1 0 0-14 7 7 0 0 0 0 14zM10 6v4.3l2.8 1.7",
  download: "M10 3.5v9M6.5 9.5L10 13l3.5-3.5M4 16.5h12",
  error: "M10 17a7 7 0 1 0 0-14 7 7 0 0 0 0 14zM7.7 7.7l4.6 4.6M12.3 7.7l-4.6 4.6",
  forward: "M7.5 4.5L13 10l-5.5 5.5",
  done: "M10 17a7 7 0 1 0 0-14 7 7 0 0 0 0 14zM6.8 10.2l2.3 2.3 4.2-4.6",
  hash: "M7.5 4L6 16M14 4l-1.5 12M4.5 8h12M3.5 12h12",
  home: "M3.5 9.5L10 4l6.5 5.5M5.5 8.5V16h9V8.5M8.5 16v-4h3v4",
  inspect: "M2.5 10.5h3.2L8 4.5l4 11 2.3-5h3.2",
  image: "M3.5 4.5h13v11h-13zM3.5 13l4-4 3.5 3.5 2-2 3.5 3.5M12.5 8.2v.1",
  italic: "M8 4h6M6 16h6M11.5 4l-3 12",
  link: "M8.5 11.5a3 3 0 0 0 4.2 0l2.8-2.8a3 3 0 0 0-4.2-4.2L10 5.8M11.5 8.5a3 3 0 0 0-4.2 0l-2.8 2.8a3 3 0 0 0 4.2 4.2L10 14.2",
  list: "M8 5.5h8M8 10h8M8 14.5h8M4.5 5.5h.1M4.5 10h.1M4.5 14.5h.1",
  lock: "M5.5 9h9v7.5h-9zM7 9V6.5a3 3 0 0 1 6 0V9",
  menu: "M4 6h12M4 10h12M4 14h12",
  mention: "M13 10a3 3 0 1 1-6 0 3 3 0 0 1 6 0zm0-3v4.2c0 2.3 3.5 2 3.5-1.2a6.5 6.5 0 1 0-2.6 5.2",
  moon: "M15.5 12A6.5 6.5 0 0 1 8 4.5a6.5 6.5 0 1 0 7.5 7.5z",
  more: "M10 4.6a.5.5 0 1 0 .1 0zM10 9.6a.5.5 0 1 0 .1 0zM10 14.6a.5.5 0 1 0 .1 0z",
  number_list: "M8.5 5.5H16M8.5 10H16M8.5 14.5H16M3.5 4.5l1-.7v3.4M3.5 13h1.8l-1.8 2.6h1.9",
  plug: "M7.5 3v4M12.5 3v4M5.5 7h9v2.5a4.5 4.5 0 0 1-9 0zM10 14v3",
  quote: "M5 4v12M8.5 6H16M8.5 10H16M8.5 14h5",
  search: "M9 14.5A5.5 5.5 0 1 0 9 3.5a5.5 5.5 0 0 0 0 11zM13 13l4 4",
  send: "M3.5 4l13.5 6-13.5 6 2-6zM5.5 10H11",
  shortcut: "M11 2.8L4.5 11H9l-.8 6.2L15.5 8.5H11z",
  sort: "M7 4v12M4.5 6.5L7 4l2.5 2.5M13 16V4M10.5 13.5L13 16l2.5-2.5",
  strike:
    "M4 10h12M14 6.5C13.5 3.5 6.5 3 6.5 6.5c0 1.5 1 2.5 3.5 3.5M6 13.5c.5 3.5 8 3.5 8 0 0-.7-.2-1.3-.6-1.8",
  sun: "M10 13.5a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM10 2v2M10 16v2M2 10h2M16 10h2M4.3 4.3l1.4 1.4M14.3 14.3l1.4 1.4M15.7 4.3l-1.4 1.4M5.7 14.3l-1.4 1.4",
  thread: "M4 4.5h12v8.5h-6L7 16v-3H4zM7 7.5h6M7 10h4",
  thumb_down:
    "M14 4h2.5v7.5H14M14 11.5c-1.5 1-2.5 2.5-2.8 5-2 .3-2.7-1.5-2.2-4.5H5c-1.3 0-1.9-1-1.6-2.1l1.1-4.5C4.7 4.5 5.3 4 6.1 4H14z",
  thumb_up:
    "M6 16H3.5V8.5H6M6 8.5c1.5-1 2.5-2.5 2.8-5 2-.3 2.7 1.5 2.2 4.5h4c1.3 0 1.9 1 1.6 2.1l-1.1 4.5c-.2.9-.8 1.4-1.6 1.4H6z",
  trash: "M4 6h12M8 6V4h4v2M5.5 6l.7 10.5h7.6L14.5 6M8.5 9v4.5M11.5 9v4.5",
  upload: "M10 13V4M6.5 7.5L10 4l3.5 3.5M4 16.5h12",
  info: "M10 17a7 7 0 1 0 0-14 7 7 0 0 0 0 14zM10 9.2v4.3M10 6.6v.1",
  warning: "M10 3.5l7 12.5H3zM10 8v3.5M10 13.7v.1",
};

const SVG = "http://www.w3.org/2000/svg";

/** An icon that screen readers skip; the control around it carries the label. */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 20 20");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", PATHS[name] ?? PATHS.more);
  svg.append(path);
  return svg;
}
