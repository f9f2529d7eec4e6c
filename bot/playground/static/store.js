/**
 * What the page knows: the server's snapshot, kept current by its pushes, and where the person is.
 * Views subscribe to topics: snapshot, connection, messages, channels, apps, faults, home, modals,
 * view_errors, place, thread, toast, and list: whether a small screen shows the list of places.
 */

const SLACKBOT = { id: "USLACKBOT", name: "slackbot", real_name: "Slackbot", color: "#3c7bd4", is_bot: true };

export class Store {
  team = { id: "", name: "Copydesk" };
  me = "";
  users = new Map();
  channels = new Map();
  commands = [];
  shortcuts = [];
  apps = [];
  faults = [];
  messages = new Map();
  homes = {};
  modals = [];
  place = null;
  thread = null;
  ready = false;
  #listeners = new Map();

  /** Call `listener(detail)` whenever `topic` happens; returns a function that stops it. */
  on(topic, listener) {
    const listeners = this.#listeners.get(topic) ?? new Set();
    this.#listeners.set(topic, listeners.add(listener));
    return () => listeners.delete(listener);
  }

  emit(topic, detail) {
    for (const listener of [...(this.#listeners.get(topic) ?? [])]) listener(detail);
  }

  /** Take one frame of the server's socket. Unknown types are left alone: a newer server may send more. */
  receive(frame) {
    const take = {
      snapshot: () => this.#takeSnapshot(frame),
      message: () => this.#takeMessage(frame.message),
      message_deleted: () => this.forgetMessage(frame.channel, frame.ts),
      channel: () => this.#takeChannel(frame.channel),
      channel_left: () => this.#leaveChannel(frame.channel),
      home: () => this.#replace("home", { ...this.homes, [frame.app]: frame.view }, "homes"),
      modals: () => this.#replace("modals", frame.modals),
      apps: () => this.#replace("apps", frame.apps),
      faults: () => this.#replace("faults", frame.faults),
      view_errors: () => this.emit("view_errors", frame),
      notice: () => this.tell(frame.text, { channel: frame.channel, tone: frame.tone }),
    }[frame.type];
    take?.();
  }

  user(id) {
    if (id === SLACKBOT.id) return SLACKBOT;
    return this.users.get(id) ?? { id, name: id, real_name: id, color: "", is_bot: false };
  }

  userName(id) {
    const user = this.user(id);
    return user.real_name || user.name;
  }

  /** What a channel is called in lists: its name, or the other person of a direct message. */
  channelName(channel) {
    if (channel.kind !== "im") return channel.name;
    return channel.with ? this.userName(channel.with) : channel.name;
  }

  /** The direct message between the acting person and an app's bot, if there is one. */
  directMessageWith(user) {
    return (
      [...this.channels.values()].find((channel) => channel.kind === "im" && channel.with === user) ?? null
    );
  }

  appOfBot(user) {
    return this.apps.find((app) => app.bot_user === user) ?? null;
  }

  /** Messages of a channel in the order of time; of one thread when `thread` is its ts. */
  messagesIn(channel, thread = null) {
    const all = [...(this.messages.get(channel)?.values() ?? [])].sort((a, b) => compareTs(a.ts, b.ts));
    if (thread) return all.filter((message) => message.ts === thread || message.thread_ts === thread);
    return all.filter(
      (message) => !message.thread_ts || message.thread_ts === message.ts || message.broadcast,
    );
  }

  message(channel, ts) {
    return this.messages.get(channel)?.get(ts) ?? null;
  }

  /** Say something to the acting person alone: a Slackbot line in the channel, or a passing toast. */
  tell(text, { channel = null, thread = null, tone = "info" } = {}) {
    if (!channel || !this.channels.has(channel)) {
      this.emit("toast", { text, tone });
      return;
    }
    this.#takeMessage({
      channel,
      text,
      thread_ts: thread,
      ts: (Date.now() / 1000).toFixed(6),
      user: SLACKBOT.id,
      is_bot: false,
      blocks: null,
      reactions: [],
      files: [],
      reply_count: 0,
      edited: false,
      ephemeral: true,
      local: true,
    });
  }

  /** Drop a message from this page. */
  forgetMessage(channel, ts) {
    if (!this.messages.get(channel)?.delete(ts)) return;
    this.emit("messages", { channel, ts, deleted: true });
    if (this.thread?.channel === channel && this.thread.ts === ts) this.openThread(null);
  }

  /** Faults on purpose end by themselves; nobody says so. */
  forgetEndedFaults() {
    const left = this.faults.filter((fault) => !fault.ends_at || new Date(fault.ends_at) > new Date());
    if (left.length < this.faults.length) this.#replace("faults", left);
  }

  /** Go to a channel `{kind: "channel", id}` or an app's home `{kind: "app", id}`. */
  goTo(place) {
    this.emit("list", false);
    if (place.kind === this.place?.kind && place.id === this.place?.id) return;
    this.place = place;
    this.thread = null;
    this.emit("place", place);
    this.emit("thread", null);
  }

  openThread(thread) {
    this.thread = thread;
    this.emit("thread", thread);
  }

  #takeSnapshot(frame) {
    const samePerson = frame.me === this.me;
    const local = samePerson ? this.#localMessages() : [];
    const { team, me, commands, shortcuts, apps, faults, homes, modals } = frame;
    Object.assign(this, { team, me, commands, shortcuts, apps, faults, homes, modals, ready: true });
    this.users = new Map(frame.users.map((user) => [user.id, user]));
    this.channels = new Map(frame.channels.map((channel) => [channel.id, channel]));
    this.messages = new Map();
    for (const message of [...Object.values(frame.messages).flat(), ...local]) this.#keep(message);
    if (!samePerson) this.thread = null;
    this.emit("snapshot", { samePerson });
  }

  #takeMessage(message) {
    const known = this.message(message.channel, message.ts) !== null;
    this.#keep(message);
    this.emit("messages", { channel: message.channel, ts: message.ts, message, added: !known });
  }

  #takeChannel(channel) {
    this.channels.set(channel.id, channel);
    this.emit("channels", channel);
  }

  /** Taken out of a channel: it is gone, with all that was said there. */
  #leaveChannel(id) {
    const channel = this.channels.get(id);
    this.channels.delete(id);
    this.messages.delete(id);
    if (this.place?.id === id) this.goTo({ kind: "channel", id: this.channels.keys().next().value });
    this.emit("channels", channel);
  }

  #replace(topic, value, name = topic) {
    this[name] = value;
    this.emit(topic, value);
  }

  #keep(message) {
    const ofChannel = this.messages.get(message.channel) ?? new Map();
    this.messages.set(message.channel, ofChannel.set(message.ts, message));
  }

  #localMessages() {
    return [...this.messages.values()].flatMap((ofChannel) =>
      [...ofChannel.values()].filter((message) => message.local),
    );
  }
}

function compareTs(a, b) {
  return Number.parseFloat(a) - Number.parseFloat(b) || (a < b ? -1 : 1);
}
