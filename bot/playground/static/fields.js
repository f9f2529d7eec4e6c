/** Fields of forms: text, numbers, ticks, dates. Each writes into the surface's form as it changes. */

import { h, uniqueId } from "./dom.js";
import { renderMrkdwn, renderPlain } from "./mrkdwn.js";

const INPUT_TYPES = { email_text_input: "email", url_text_input: "url" };

/** One or several lines of text, a number, an e-mail or a web address. */
export function renderTextField(block, element, surface, wiring) {
  const multiline = element.multiline === true;
  const field = h(multiline ? "textarea" : "input", {
    class: "field",
    id: wiring.fieldId ?? null,
    type: multiline ? null : (INPUT_TYPES[element.type] ?? "text"),
    inputmode: element.type === "number_input" ? (element.is_decimal_allowed ? "decimal" : "numeric") : null,
    placeholder: element.placeholder?.text ?? null,
    autofocus: element.focus_on_load === true,
    rows: multiline ? 5 : null,
    ...described(wiring),
  });
  field.value = surface.form.read(block.block_id, element) ?? "";
  const counter = element.max_length ? h("span", { class: "field-counter", "aria-hidden": "true" }) : null;
  const take = () => {
    const action = surface.form.write(block.block_id, element, field.value);
    if (counter) showRoom(counter, element.max_length - [...field.value].length);
    if (wiring.dispatches && triggers(element, "on_character_entered"))
      surface.use(block, element, action, null);
  };
  const dispatch = (event) => {
    if (event.key !== "Enter" || multiline || !wiring.dispatches || !triggers(element, "on_enter_pressed"))
      return;
    event.preventDefault();
    surface.use(block, element, surface.form.write(block.block_id, element, field.value), null);
  };
  field.addEventListener("input", take);
  field.addEventListener("keydown", dispatch);
  if (counter) showRoom(counter, element.max_length - [...field.value].length);
  return h("div", { class: "field-holder" }, field, counter);
}

/** Slack shows what room is left only when it gets narrow, and counts below zero in red. */
function showRoom(counter, left) {
  counter.textContent = left < 100 ? String(left) : "";
  counter.classList.toggle("over", left < 0);
}

function triggers(element, event) {
  return (element.dispatch_action_config?.trigger_actions_on ?? ["on_enter_pressed"]).includes(event);
}

/** Radio buttons and checkboxes, with their descriptions. */
export function renderChoices(block, element, surface, wiring) {
  const several = element.type === "checkboxes";
  const held = surface.form.read(block.block_id, element);
  const chosen = new Set((several ? held : [held]).filter(Boolean).map((option) => option.value));
  const name = uniqueId("choice");
  const take = (option) => async (event) => {
    const before = surface.form.read(block.block_id, element);
    if (several && event.target.checked) chosen.add(option.value);
    else if (several) chosen.delete(option.value);
    const value = several ? element.options.filter((each) => chosen.has(each.value)) : option;
    const action = surface.form.write(block.block_id, element, value);
    const answer = wiring.dispatches ? await surface.use(block, element, action, null) : null;
    if (answer?.error === "declined") restore(before);
  };
  const restore = (before) => {
    surface.form.write(block.block_id, element, before);
    chosen.clear();
    for (const each of (several ? before : [before]).filter(Boolean)) chosen.add(each.value);
    boxes.forEach((box, index) => (box.checked = chosen.has(element.options[index].value)));
  };
  const boxes = element.options.map((option) =>
    h("input", {
      type: several ? "checkbox" : "radio",
      name,
      checked: chosen.has(option.value),
      on: { change: take(option) },
    }),
  );
  const choices = element.options.map((option, index) =>
    h(
      "label",
      { class: "choice" },
      boxes[index],
      h(
        "span",
        { class: "choice-text" },
        optionText(option.text, surface.store),
        option.description
          ? h("span", { class: "choice-description" }, optionText(option.description, surface.store))
          : null,
      ),
    ),
  );
  return h(
    "div",
    { class: "choices", role: several ? "group" : "radiogroup", ...described(wiring) },
    choices,
  );
}

function optionText(text, store) {
  return text.type === "mrkdwn"
    ? renderMrkdwn(text.text, store)
    : renderPlain(text.text, { emoji: text.emoji !== false });
}

/** The attributes that tie a control to the texts around it. */
export function described({ labelId, helpId }) {
  return { "aria-labelledby": labelId ?? null, "aria-describedby": helpId ?? null };
}
