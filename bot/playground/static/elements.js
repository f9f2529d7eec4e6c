/** Block Kit's interactive elements: buttons here, fields in fields.js, pickers in select.js. */

import { h } from "./dom.js";
import { renderChoices, renderTextField } from "./fields.js";
import { renderFileField } from "./file_field.js";
import { icon } from "./icons.js";
import { renderPlain } from "./mrkdwn.js";
import { openMenu } from "./overlay.js";
import { renderDatePicker, renderDateTimePicker, renderTimePicker } from "./pickers.js";
import { renderRichTextField } from "./rich_text_field.js";
import { renderMultiSelect, renderSelect } from "./select.js";

/**
 * The node of one element. `wiring.dispatches` says whether a change goes to the app at once;
 * `labelId` and `helpId` name the texts around it.
 */
export function renderElement(block, element, surface, wiring) {
  const render = RENDERERS[element.type];
  return render
    ? render(block, element, surface, wiring)
    : h("span", { class: "muted" }, `The playground doesn't show “${element.type}”.`);
}

const RENDERERS = {
  button: renderButton,
  workflow_button: renderButton,
  icon_button: renderIconButton,
  feedback_buttons: renderFeedback,
  overflow: renderOverflow,
  static_select: renderSelect,
  external_select: renderSelect,
  users_select: renderSelect,
  channels_select: renderSelect,
  conversations_select: renderSelect,
  multi_static_select: renderMultiSelect,
  multi_external_select: renderMultiSelect,
  multi_users_select: renderMultiSelect,
  multi_channels_select: renderMultiSelect,
  multi_conversations_select: renderMultiSelect,
  plain_text_input: renderTextField,
  number_input: renderTextField,
  email_text_input: renderTextField,
  url_text_input: renderTextField,
  radio_buttons: renderChoices,
  checkboxes: renderChoices,
  datepicker: renderDatePicker,
  timepicker: renderTimePicker,
  datetimepicker: renderDateTimePicker,
  rich_text_input: renderRichTextField,
  file_input: renderFileField,
};

function renderButton(block, element, surface) {
  const press = () => {
    if (element.url) open(element.url, "_blank", "noopener");
    surface.use(block, element, { type: "button", value: element.value ?? null, text: element.text }, button);
  };
  const button = h(
    "button",
    {
      type: "button",
      class: `button ${element.style ?? ""}`,
      "aria-label": element.accessibility_label ?? null,
      on: { click: press },
    },
    h(
      "span",
      { class: "button-label" },
      renderPlain(element.text.text, { emoji: element.text.emoji !== false }),
    ),
  );
  return button;
}

function renderIconButton(block, element, surface) {
  const seenBy = element.visible_to_user_ids;
  if (seenBy?.length && !seenBy.includes(surface.store.me)) return null;
  const action = {
    type: "icon_button",
    value: element.value ?? null,
    text: element.text,
    icon: element.icon,
  };
  const button = h(
    "button",
    {
      type: "button",
      class: "icon-button",
      "aria-label": element.accessibility_label ?? element.text.text,
      "data-tip": element.text.text,
      on: { click: () => surface.use(block, element, action, button) },
    },
    icon(element.icon),
  );
  return button;
}

/** Two thumbs; the one pressed last stays filled for as long as the page is open. */
function renderFeedback(block, element, surface) {
  const group = h("div", { class: "feedback", role: "group", "aria-label": "Feedback" });
  const buttonFor = (choice, iconName) => {
    const press = async () => {
      const answer = await surface.use(
        block,
        element,
        { type: "feedback_buttons", value: choice.value, text: choice.text },
        button,
      );
      if (!answer?.ok) return;
      for (const other of group.children) other.setAttribute("aria-pressed", String(other === button));
    };
    const button = h(
      "button",
      {
        type: "button",
        class: "icon-button",
        "aria-pressed": "false",
        "aria-label": choice.accessibility_label ?? choice.text.text,
        "data-tip": choice.text.text,
        on: { click: press },
      },
      icon(iconName),
    );
    return button;
  };
  group.append(
    buttonFor(element.positive_button, "thumb_up"),
    buttonFor(element.negative_button, "thumb_down"),
  );
  return group;
}

function renderOverflow(block, element, surface) {
  const choose = (option) => () => {
    if (option.url) open(option.url, "_blank", "noopener");
    surface.use(block, element, { type: "overflow", selected_option: option }, button);
  };
  const show = () =>
    openMenu(
      button,
      element.options.map((option) => ({
        label: renderPlain(option.text.text),
        side: option.description?.text,
        run: choose(option),
      })),
      { label: "More options" },
    );
  const button = h(
    "button",
    {
      type: "button",
      class: "button overflow",
      "aria-label": "More options",
      "aria-haspopup": "menu",
      on: { click: show },
    },
    icon("more"),
  );
  return button;
}
