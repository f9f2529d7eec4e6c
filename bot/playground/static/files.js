/** Uploaded files: pictures with their title, larger on click; anything else as a card. */

import { h } from "./dom.js";
import { icon } from "./icons.js";
import { openDialog } from "./overlay.js";
import { isSnippet, snippetNode } from "./snippet.js";

const SHOWN_WIDTH = 480;
const SHOWN_HEIGHT = 360;

/** A file of a message. */
export function fileNode(file) {
  const title = file.title || file.name;
  if (file.mimetype?.startsWith("image/")) {
    return pictureNode({
      title,
      alt: file.alt_txt || title,
      url: file.url,
      width: file.width,
      height: file.height,
    });
  }
  if (isSnippet(file)) return snippetNode(file);
  return h(
    "a",
    { class: "file-card", href: file.url, download: file.name },
    icon("file"),
    h("span", null, h("strong", null, title), h("span", { class: "muted" }, file.mimetype ?? "File")),
  );
}

/** A picture under its title. Where its size is known it is kept free before it has loaded, so nothing jumps. */
export function pictureNode({ title, alt, url, width, height }) {
  const scale = width && height ? Math.min(1, SHOWN_WIDTH / width, SHOWN_HEIGHT / height) : null;
  const size = scale ? { width: Math.round(width * scale), height: Math.round(height * scale) } : {};
  const image = h("img", { class: "picture", src: url, alt, ...size });
  const large = () => openPicture({ title, alt, url });
  const button = h(
    "button",
    {
      type: "button",
      class: "picture-button",
      "aria-label": `Enlarge picture: ${alt}`,
      on: { click: large },
    },
    image,
  );
  image.addEventListener("error", () =>
    button.replaceWith(
      h(
        "div",
        { class: "picture-missing" },
        icon("warning"),
        `This picture can't be shown here. It says: ${alt}`,
      ),
    ),
  );
  return h(
    "figure",
    { class: "picture-frame" },
    title ? h("figcaption", { class: "picture-title" }, title) : null,
    button,
  );
}

/** A small picture of Block Kit; what can't be loaded here leaves its place and its words. */
export function imageNode(className, image) {
  const node = h("img", { class: className, src: pictureAddress(image), alt: image.alt_text });
  node.addEventListener("error", () =>
    node.replaceWith(
      h(
        "span",
        {
          class: `${className} image-missing`,
          role: "img",
          "aria-label": image.alt_text,
          "data-tip": `${image.alt_text} (pictures from elsewhere aren't loaded here)`,
        },
        icon("image"),
      ),
    ),
  );
  return node;
}

/** Where a picture of Block Kit is: anywhere on the web, or among this workspace's files. */
export function pictureAddress(image) {
  return image.image_url ?? image.slack_file?.url ?? `file/${image.slack_file?.id ?? ""}`;
}

function openPicture({ title, alt, url }) {
  const dialog = openDialog({
    className: "lightbox",
    label: title || alt,
    content: [
      h(
        "header",
        { class: "lightbox-head" },
        h("strong", null, title || alt),
        h(
          "button",
          {
            type: "button",
            class: "icon-button",
            "aria-label": "Close picture",
            on: { click: () => dialog.close() },
          },
          icon("close"),
        ),
      ),
      h("img", { class: "lightbox-picture", src: url, alt }),
      h("p", { class: "lightbox-alt" }, alt),
    ],
  });
}
