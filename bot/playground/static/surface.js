/** The ground that blocks stand on: their form, and what happens when one of them is used. */

import { Form } from "./form.js";
import { textNodes } from "./mrkdwn.js";
import { confirm } from "./overlay.js";

/**
 * A surface for the blocks of `container` (`{type: "message", channel, ts}` or
 * `{type: "view", view_id}`). `form` may be handed over from the view it replaces.
 */
export function makeSurface(store, actions, container, form = new Form()) {
  const surface = { store, form, container, blocks: [] };
  surface.use = async (block, element, action, control) => {
    if (element.confirm && !(await agreed(element.confirm, store))) return { ok: false, error: "declined" };
    return pendingWhile(control, () =>
      actions.use(
        surface.container,
        block.block_id,
        element.action_id,
        { ...action, action_id: element.action_id, block_id: block.block_id },
        form.state(surface.blocks),
      ),
    );
  };
  surface.suggest = (block, element, typed) =>
    actions.suggest(surface.container, block.block_id, element.action_id, typed);
  surface.upload = (file) => actions.upload(file);
  return surface;
}

function agreed(question, store) {
  return confirm({
    title: textNodes(question.title, store),
    text: textNodes(question.text, store),
    yes: question.confirm.text,
    no: question.deny.text,
    danger: question.style === "danger",
  });
}

/** Show `control` as busy until the app has answered; mark it when the app did not. */
async function pendingWhile(control, work) {
  if (control?.classList.contains("pending")) return { ok: false, error: "pending" };
  control?.classList.remove("failed");
  control?.classList.add("pending");
  control?.setAttribute("aria-busy", "true");
  const answer = await work();
  control?.classList.remove("pending");
  control?.removeAttribute("aria-busy");
  control?.classList.toggle("failed", !answer.ok);
  return answer;
}
