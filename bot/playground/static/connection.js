/** The line to the playground's server: one WebSocket for what happens, HTTP posts for what the person does. */

const FIRST_RETRY_MS = 400;
const LONGEST_RETRY_MS = 10_000;

export class Connection {
  status = "connecting";
  #store;
  #person = null;
  #socket = null;
  #retryMs = FIRST_RETRY_MS;
  #timer = null;

  constructor(store) {
    this.#store = store;
    addEventListener("online", () => this.retryNow());
  }

  get person() {
    return this.#person;
  }

  /** Be this person as soon as the server's fresh snapshot is there. */
  connectAs(person) {
    this.#person = person;
    this.#retryMs = FIRST_RETRY_MS;
    this.#open();
  }

  retryNow() {
    if (this.status !== "open" && this.#person) this.#open();
  }

  /**
   * Do `verb` for the person whose page is shown. Always resolves to `{ok, error?, …}`; a server
   * out of reach is the error "unreachable".
   */
  async act(verb, body) {
    try {
      const response = await fetch(`act/${verb}?as=${encodeURIComponent(this.#store.me)}`, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify(body),
      });
      return await response.json();
    } catch {
      return { ok: false, error: "unreachable" };
    }
  }

  #open() {
    clearTimeout(this.#timer);
    this.#abandonSocket();
    this.#say("connecting");
    const address = new URL("events", location.href);
    address.protocol = address.protocol.replace("http", "ws");
    address.searchParams.set("as", this.#person);
    const socket = new WebSocket(address);
    this.#socket = socket;
    socket.addEventListener("message", (event) => {
      if (socket === this.#socket) this.#receive(JSON.parse(event.data));
    });
    socket.addEventListener("close", () => {
      if (socket === this.#socket) this.#waitAndRetry();
    });
  }

  #abandonSocket() {
    const socket = this.#socket;
    this.#socket = null;
    socket?.close();
  }

  #receive(frame) {
    if (frame.type === "snapshot") {
      this.#retryMs = FIRST_RETRY_MS;
      this.#say("open");
    }
    this.#store.receive(frame);
  }

  /** Wait twice as long each time, spread a little, so that many pages do not knock at once. */
  #waitAndRetry() {
    this.#say("lost");
    const wait = this.#retryMs * (0.8 + 0.4 * Math.random());
    this.#retryMs = Math.min(LONGEST_RETRY_MS, this.#retryMs * 2);
    this.#timer = setTimeout(() => this.#open(), wait);
  }

  #say(status) {
    this.status = status;
    this.#store.emit("connection", status);
  }
}
