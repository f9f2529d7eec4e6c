/** What stands in an editable field, as a rich_text block: lines become sections, lists stay lists. */

const MARKS = {
  STRONG: "bold",
  B: "bold",
  EM: "italic",
  I: "italic",
  S: "strike",
  STRIKE: "strike",
  CODE: "code",
};
const LINES = new Set(["DIV", "P"]);

/** The block, or null when nothing is written. */
export function richTextOf(field) {
  const elements = [];
  let line = [];
  const close = () => {
    if (line.length) elements.push({ type: "rich_text_section", elements: line });
    line = [];
  };
  const walk = (node, style) => {
    for (const child of node.childNodes) {
      if (child.nodeType === Node.TEXT_NODE) addText(line, child.textContent, style);
      else if (child.tagName === "BR") addText(line, "\n", style);
      else if (child.tagName === "UL" || child.tagName === "OL") {
        close();
        elements.push(listOf(child, style));
      } else if (LINES.has(child.tagName)) {
        if (line.length) addText(line, "\n", style);
        walk(child, style);
      } else walk(child, styleInside(child, style));
    }
  };
  walk(field, {});
  close();
  const written = elements.some((element) => JSON.stringify(element).match(/"text":"[^"]*[^"\s\\n]/));
  return written ? { type: "rich_text", elements } : null;
}

function listOf(list, style) {
  const items = [...list.children].map((item) => {
    const leaves = [];
    const walk = (node, inner) => {
      for (const child of node.childNodes) {
        if (child.nodeType === Node.TEXT_NODE) addText(leaves, child.textContent, inner);
        else walk(child, styleInside(child, inner));
      }
    };
    walk(item, style);
    return { type: "rich_text_section", elements: leaves };
  });
  return { type: "rich_text_list", style: list.tagName === "OL" ? "ordered" : "bullet", elements: items };
}

function styleInside(node, style) {
  const mark = MARKS[node.tagName];
  return mark ? { ...style, [mark]: true } : style;
}

/** Neighbours of one style become one run. */
function addText(leaves, written, style) {
  const text = written.replaceAll("\u00a0", " ");
  if (!text) return;
  const last = leaves.at(-1);
  const marks = Object.keys(style).length ? { style } : {};
  if (last && JSON.stringify(last.style ?? {}) === JSON.stringify(style)) last.text += text;
  else leaves.push({ type: "text", text, ...marks });
}
