/** Files that a person attaches to a form: chosen or dropped, kept on the server, listed with a way out. */

import { h } from "./dom.js";
import { described } from "./fields.js";
import { icon } from "./icons.js";

const MOST_FILES = 10;

export function renderFileField(block, element, surface, wiring) {
  const { form } = surface;
  const most = element.max_files ?? MOST_FILES;
  const held = () => form.read(block.block_id, element);
  const hold = (files) => {
    form.write(block.block_id, element, files);
    show();
  };
  const trouble = h("div", { class: "input-error", role: "alert" });
  const list = h("ul", { class: "attached-files" });
  const picker = h("input", {
    type: "file",
    class: "visually-hidden",
    tabindex: -1,
    "aria-hidden": "true",
    multiple: most > 1,
    accept: element.filetypes?.map((type) => `.${type}`).join(",") ?? null,
    on: { change: () => take([...picker.files]) },
  });
  const take = async (files) => {
    trouble.textContent = refusal(files, element, held().length, most);
    if (trouble.textContent) return;
    zone.classList.add("pending");
    for (const file of files) {
      const answer = await surface.upload(file);
      if (answer.ok) hold([...held(), answer.file]);
      else trouble.textContent = `${file.name} wasn’t kept: ${answer.error}. Choose it again.`;
    }
    zone.classList.remove("pending");
    picker.value = "";
  };
  const zone = h(
    "button",
    {
      type: "button",
      class: "file-zone",
      ...described(wiring),
      on: { click: () => picker.click(), ...dropping(take) },
    },
    icon("upload"),
    h("span", null, most === 1 ? "Choose a file or drop it here" : "Choose files or drop them here"),
    element.filetypes
      ? h("span", { class: "muted" }, element.filetypes.map((type) => `.${type}`).join(", "))
      : null,
  );
  const show = () => {
    list.replaceChildren(
      ...held().map((file) => fileRow(file, () => hold(held().filter((each) => each !== file)))),
    );
    zone.hidden = held().length >= most;
  };
  show();
  return h("div", { class: "field-holder" }, list, zone, picker, trouble);
}

function refusal(files, element, already, most) {
  if (already + files.length > most) return most === 1 ? "Attach one file." : `Attach at most ${most} files.`;
  const types = element.filetypes?.map((type) => type.toLowerCase());
  const wrong = types && files.find((file) => !types.includes(file.name.split(".").pop().toLowerCase()));
  return wrong
    ? `${wrong.name} has the wrong type. Choose ${types.map((type) => `.${type}`).join(" or ")}.`
    : "";
}

function dropping(take) {
  const mark = (on) => (event) => {
    event.preventDefault();
    event.currentTarget.classList.toggle("over", on);
  };
  return {
    dragover: mark(true),
    dragleave: mark(false),
    drop: (event) => {
      mark(false)(event);
      take([...event.dataTransfer.files]);
    },
  };
}

function fileRow(file, remove) {
  return h(
    "li",
    { class: "file-card" },
    icon("file"),
    h("span", { class: "file-name" }, h("strong", null, file.name)),
    h(
      "button",
      { type: "button", class: "icon-button", "aria-label": `Remove ${file.name}`, on: { click: remove } },
      icon("close"),
    ),
  );
}
