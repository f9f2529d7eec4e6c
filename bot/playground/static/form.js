/** What a person has filled in, by block and action, in the shapes of Slack's view.state.values. */

const HELD_AS = {
  plain_text_input: ["value", "initial_value"],
  number_input: ["value", "initial_value"],
  email_text_input: ["value", "initial_value"],
  url_text_input: ["value", "initial_value"],
  static_select: ["selected_option", "initial_option"],
  radio_buttons: ["selected_option", "initial_option"],
  multi_static_select: ["selected_options", "initial_options"],
  checkboxes: ["selected_options", "initial_options"],
  external_select: ["selected_option", "initial_option"],
  multi_external_select: ["selected_options", "initial_options"],
  multi_users_select: ["selected_users", "initial_users"],
  multi_channels_select: ["selected_channels", "initial_channels"],
  multi_conversations_select: ["selected_conversations", "initial_conversations"],
  users_select: ["selected_user", "initial_user"],
  channels_select: ["selected_channel", "initial_channel"],
  conversations_select: ["selected_conversation", "initial_conversation"],
  datepicker: ["selected_date", "initial_date"],
  timepicker: ["selected_time", "initial_time"],
  datetimepicker: ["selected_date_time", "initial_date_time"],
  rich_text_input: ["rich_text_value", "initial_value"],
  file_input: ["files", "initial_files"],
};

/** What holds a list, and an empty one at first. */
const SEVERAL = new Set([
  "selected_options",
  "selected_users",
  "selected_channels",
  "selected_conversations",
  "files",
]);

/** The fields of one message or view. It outlives updates: what was typed stays where ids stay. */
export class Form {
  #values = new Map();

  /** Called with the block's id whenever a person changes a field in it. */
  changed = () => {};

  /** What the element holds: what the person chose, else what the app preset. */
  read(blockId, element) {
    const [key, initial] = HELD_AS[element.type];
    const held = this.#values.get(fieldKey(blockId, element));
    if (held) return held.value[key];
    const preset = element[initial] ?? (SEVERAL.has(key) ? [] : null);
    this.#hold(blockId, element, preset);
    return preset;
  }

  /** Hold what a person chose; returns it as the action payload carries it. */
  write(blockId, element, value) {
    const shaped = this.#hold(blockId, element, value);
    this.changed(blockId);
    return shaped;
  }

  #hold(blockId, element, value) {
    const [key] = HELD_AS[element.type];
    const shaped = { type: element.type, [key]: value === "" ? null : value };
    this.#values.set(fieldKey(blockId, element), { blockId, actionId: element.action_id, value: shaped });
    return shaped;
  }

  /** `{block_id: {action_id: value}}`, only for the blocks that still stand. */
  state(blocks) {
    const standing = new Set(idsOf(blocks));
    const state = {};
    for (const { blockId, actionId, value } of this.#values.values()) {
      if (standing.has(blockId)) (state[blockId] ??= {})[actionId] = value;
    }
    return state;
  }
}

/** The ids of blocks, and of those that they hold. */
function idsOf(blocks) {
  return blocks.flatMap((block) => [block.block_id, ...idsOf(block.child_blocks ?? [])]);
}

/** A field is the same while block, action and kind of element are. */
function fieldKey(blockId, element) {
  return JSON.stringify([blockId, element.action_id, element.type]);
}
