/** Files waiting in a composer: chosen, dropped or pasted; kept on the server until the message is sent. */

import { h } from "./dom.js";
import { icon } from "./icons.js";

export class WaitingFiles {
  element = h("ul", { class: "waiting-files", "aria-label": "Files to send" });
  #files = [];
  #actions;
  #changed;
  #picker;

  /** `changed()` is called whenever there are more or fewer of them; `tell(text)` says what went wrong. */
  constructor(actions, { changed, tell }) {
    this.#actions = actions;
    this.#changed = changed;
    this.tell = tell;
    this.#picker = h("input", {
      type: "file",
      class: "visually-hidden",
      tabindex: -1,
      "aria-hidden": "true",
      multiple: true,
      on: { change: () => this.add([...this.#picker.files]) },
    });
    this.element.append(this.#picker);
  }

  get ids() {
    return this.#files.map(({ id }) => id);
  }

  choose() {
    this.#picker.value = "";
    this.#picker.click();
  }

  async add(files) {
    for (const file of files) {
      const answer = await this.#actions.upload(file);
      if (answer.ok) this.#hold([...this.#files, answer.file]);
      else this.tell(`${file.name} wasn't kept: \`${answer.error}\`. Choose it again.`);
    }
  }

  /** Hand over the files: the composer is empty afterwards. */
  take() {
    const files = this.#files;
    this.#hold([]);
    return files;
  }

  /** Take files back that were not sent. */
  restore(files) {
    this.#hold(files);
  }

  #hold(files) {
    this.#files = files;
    this.element.replaceChildren(this.#picker, ...files.map((file) => this.#row(file)));
    this.#changed();
  }

  #row(file) {
    const remove = () => this.#hold(this.#files.filter((each) => each !== file));
    const picture = file.mimetype.startsWith("image/");
    return h(
      "li",
      { class: "waiting-file" },
      picture ? h("img", { src: `file/${file.id}`, alt: "" }) : icon("file"),
      h("span", null, file.name),
      h(
        "button",
        { type: "button", class: "icon-button", "aria-label": `Remove ${file.name}`, on: { click: remove } },
        icon("close"),
      ),
    );
  }
}

/** Listeners for a box that takes what is dropped or pasted. */
export function takingFiles(files) {
  const over = (on) => (event) => {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    event.currentTarget.classList.toggle("over", on);
  };
  return {
    dragover: over(true),
    dragleave: over(false),
    drop: (event) => {
      over(false)(event);
      files.add([...event.dataTransfer.files]);
    },
    paste: (event) => {
      const pasted = [...event.clipboardData.files];
      if (pasted.length === 0) return;
      event.preventDefault();
      files.add(pasted);
    },
  };
}
