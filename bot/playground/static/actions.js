/** What a person can do here. Failures are told in words where the person is looking. */

import { countPick } from "./emoji.js";

const REASONS = {
  unreachable: "the playground's server can't be reached. Check that `copydesk run` is still going",
  not_supported_in_threads: "slash commands don't work in threads. Use the channel's own box",
  messages_tab_disabled: "this app takes no direct messages",
  no_text: "it would be empty",
  thread_not_found: "the thread it belongs to is gone",
  message_not_found: "the message is gone",
  file_upload_size_restricted: "the file is too large",
};

export class Actions {
  #store;
  #connection;

  constructor(store, connection) {
    this.#store = store;
    this.#connection = connection;
  }

  /** Post a message; resolves to whether it was sent. */
  async post(channel, text, { thread = null, files = [] } = {}) {
    const ids = files.map(({ id }) => id);
    const answer = await this.#connection.act("post", { channel, text, thread_ts: thread, files: ids });
    if (!answer.ok)
      this.#tell(
        `Your message wasn't sent: ${reason(answer.error)}. It is back in the box below; send it again.`,
        channel,
        thread,
      );
    return answer.ok;
  }

  /** Run a slash command; resolves to whether the app got it. One that answers late may have begun. */
  async slash(channel, command, text, thread = null) {
    const answer = thread
      ? { ok: false, error: "not_supported_in_threads" }
      : await this.#connection.act("slash", { channel, command, text });
    if (untold(answer))
      this.#tell(
        `\`${command}\` wasn't sent: ${reason(answer.error)}. What you typed is back in the box below.`,
        channel,
        thread,
      );
    return answer.ok || answer.error === "operation_timeout";
  }

  /** Tell the acting person something in a channel. */
  say(text, channel, thread = null) {
    this.#tell(text, channel, thread);
  }

  /** Use an interactive element of `container`, sending along the state of the fields around it. */
  async use(container, blockId, actionId, action, state) {
    const answer = await this.#connection.act("action", {
      container,
      block_id: blockId,
      action_id: actionId,
      action,
      state,
    });
    if (untold(answer))
      this.#tell(`That didn't reach the app: ${reason(answer.error)}.`, container.channel ?? null);
    return answer;
  }

  /** What the app offers in an external select for what was typed: `{ok, options | option_groups}`. */
  async suggest(container, blockId, actionId, value) {
    return this.#connection.act("suggest", { container, block_id: blockId, action_id: actionId, value });
  }

  /** Start an app's shortcut, on a message or by itself. */
  async shortcut({ callback_id: callbackId, app_id: appId, name }, message = null) {
    const place = message ? { channel: message.channel, ts: message.ts } : {};
    const asked = { callback_id: callbackId, app_id: appId, ...place };
    const answer = await this.#connection.act("shortcut", asked);
    if (untold(answer))
      this.#tell(`“${name}” didn't reach the app: ${reason(answer.error)}.`, message?.channel ?? null);
  }

  /** Keep a file of the acting person; resolves to `{ok, file}`. */
  async upload(file) {
    const content = await base64Of(file);
    return this.#connection.act("upload", { name: file.name, content });
  }

  async submit(viewId, state) {
    return this.#connection.act("submit", { view_id: viewId, state });
  }

  async closeView(viewId) {
    return this.#connection.act("close", { view_id: viewId });
  }

  /** Add the acting person's reaction, or take it back when it is there. */
  async toggleReaction(message, name) {
    const now = this.#store.message(message.channel, message.ts) ?? message;
    const mine = now.reactions.some(
      (reaction) => reaction.name === name && reaction.users.includes(this.#store.me),
    );
    await this.react(message, name, mine);
  }

  async react(message, name, remove = false) {
    if (!remove) countPick(name);
    const { channel, ts } = message;
    const answer = await this.#connection.act("react", { channel, ts, name, remove });
    const harmless = ["already_reacted", "no_reaction"].includes(answer.error);
    if (!answer.ok && !harmless) this.#tell(`That reaction wasn't saved: ${reason(answer.error)}.`, channel);
  }

  async openHome(app) {
    await this.#connection.act("open_home", { app });
  }

  async markRead(channel) {
    await this.#connection.act("read", { channel });
  }

  /** Change what the acting person wrote; resolves to whether it was kept. */
  async edit({ channel, ts }, text) {
    const answer = await this.#connection.act("edit", { channel, ts, text });
    if (!answer.ok)
      this.#tell(`Your change wasn't saved: ${reason(answer.error)}. It still stands in its box.`, channel);
    return answer.ok;
  }

  /** Delete a message; one that only this page knows is simply dropped. */
  async remove(message) {
    if (message.local) {
      this.#store.forgetMessage(message.channel, message.ts);
      return;
    }
    const answer = await this.#connection.act("delete", { channel: message.channel, ts: message.ts });
    if (!answer.ok) this.#tell(`That message wasn't deleted: ${reason(answer.error)}.`, message.channel);
  }

  #tell(text, channel, thread = null) {
    this.#store.tell(text, { channel, thread, tone: "error" });
  }
}

/** The bytes of a file as JSON can carry them. */
async function base64Of(file) {
  const address = await new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.addEventListener("load", () => resolve(reader.result));
    reader.addEventListener("error", () => reject(reader.error));
    reader.readAsDataURL(file);
  });
  return address.slice(address.indexOf(",") + 1);
}

/** Of what an app is asked the server itself tells what went wrong, in a notice, if it was reached. */
function untold({ error }) {
  return error === "unreachable" || error === "not_supported_in_threads";
}

function reason(error) {
  return REASONS[error] ?? `Slack's answer was \`${error}\``;
}
