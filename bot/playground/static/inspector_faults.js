/** The inspector's faults: what can go wrong at Slack, switched on for a while or made to happen once. */

import { h, reconcile } from "./dom.js";
import { icon } from "./icons.js";

const SECONDS = 60;
const NUMBER = { type: "number", min: 0.1, step: "any" };
const FAULTS = [
  {
    kind: "drop_sockets",
    title: "Drop the connection",
    text: "Every socket breaks without a word, as when a network goes.",
    once: "Drop",
  },
  {
    kind: "ask_for_refresh",
    title: "Ask for a refresh",
    text: "Slack's disconnect message. A careful app opens another socket before it leaves this one.",
    once: "Ask",
    fields: [{ name: "reason", label: "Reason", options: ["refresh_requested", "warning"] }],
  },
  {
    kind: "expire_triggers",
    title: "Expire triggers",
    text: "No trigger given out so far opens a modal any more.",
    once: "Expire",
  },
  {
    kind: "delay_acks",
    title: "Delay acks",
    text: "Acks count only after a while. After 3 seconds Slack tells the person that the app did not answer.",
    fields: [{ name: "seconds", label: "By, in seconds", ...NUMBER, value: 2 }],
  },
  {
    kind: "lose_acks",
    title: "Lose acks",
    text: "Acks are overlooked: people see a timeout, and events come again.",
  },
  {
    kind: "deliver_twice",
    title: "Deliver twice",
    text: "Everything comes a second time. An app that counts must count it once.",
  },
  {
    kind: "fail_method",
    title: "Refuse a method",
    text: "A Web API method answers 429 with Retry-After, or 500.",
    fields: [
      { name: "method", label: "Method; * is any", type: "text", value: "chat.*" },
      { name: "status", label: "Answer", options: ["429", "500"], number: true },
      { name: "retry_after_seconds", label: "Retry-After", ...NUMBER, min: 1, step: 1, value: 2 },
    ],
  },
  {
    kind: "limit_rate",
    title: "Limit the rate",
    text: "One message a second and channel, as Slack allows; what comes sooner answers 429.",
    seconds: "",
  },
];

/** The page's element, kept current by the store and by the seconds that pass. */
export function makeFaults(store) {
  const list = h("ul", { class: "faults" });
  const aim = h("select", { class: "field", "aria-label": "Which app", on: { change: () => show() } });
  const page = h(
    "div",
    { class: "faults-page" },
    h(
      "p",
      { class: "faults-lead muted" },
      "What every app must survive. Each ends by itself after its time, or when you end it.",
    ),
    aim,
    list,
  );
  const show = () =>
    reconcile(
      list,
      FAULTS,
      (fault) => fault.kind,
      (fault) => makeFault(fault, store, () => aim.value || null),
      (card) => card.show(),
    );
  for (const topic of ["snapshot", "faults"]) store.on(topic, show);
  store.on("snapshot", () => offerApps(aim, store.apps));
  setInterval(() => {
    store.forgetEndedFaults();
    if (page.isConnected) show();
  }, 1_000);
  offerApps(aim, store.apps);
  show();
  return page;
}

/** Faults may be aimed at one app, where there are several. */
function offerApps(aim, apps) {
  const chosen = aim.value;
  aim.hidden = apps.length < 2;
  aim.replaceChildren(
    h("option", { value: "" }, "All apps"),
    ...apps.map((app) => h("option", { value: app.id, selected: app.id === chosen }, app.name)),
  );
}

function makeFault(fault, store, aimed) {
  const problem = h("p", { class: "fault-problem", role: "alert" });
  const state = h("span", { class: "fault-state", role: "status" });
  const fields = [...(fault.fields ?? [])];
  if (!fault.once)
    fields.push({
      name: "for_seconds",
      label: "For, in seconds",
      ...NUMBER,
      value: fault.seconds ?? SECONDS,
      placeholder: "until ended",
      optional: true,
    });
  const inputs = fields.map((field) => [field, inputOf(field)]);
  const start = h("button", { type: "submit", class: "button small" }, fault.once ?? "Start");
  const end = h("button", { type: "button", class: "button small", on: { click: endIt } }, "End");
  const form = h(
    "form",
    { class: `fault-form${inputs.length ? "" : " bare"}`, on: { submit: startIt } },
    inputs.map(([field, input]) => h("label", { class: "fault-field" }, h("span", null, field.label), input)),
    h("span", { class: "fault-buttons" }, end, start),
  );
  const card = h(
    "li",
    { class: "fault" },
    h("div", { class: "fault-head" }, h("h3", null, fault.title), state),
    h("p", { class: "fault-text muted" }, fault.text),
    form,
    problem,
  );
  const concerns = (app) => !app || !aimed() || app === aimed();
  const active = () => store.faults.find((each) => each.kind === fault.kind && concerns(each.app)) ?? null;

  card.show = () => {
    const on = active();
    card.classList.toggle("on", Boolean(on));
    end.hidden = !on;
    if (!fault.once) start.textContent = on ? "Start anew" : "Start";
    if (on || !fault.once) state.replaceChildren(...(on ? [icon("warning"), `On · ${remaining(on)}`] : []));
  };

  async function startIt(event) {
    event.preventDefault();
    const body = { kind: fault.kind, app: aimed() };
    for (const [field, input] of inputs) {
      if (input.value === "" && !field.optional) continue;
      body[field.name] =
        input.value === ""
          ? null
          : input.type === "number" || field.number
            ? Number(input.value)
            : input.value;
    }
    const answer = await send("faults", "POST", body);
    problem.textContent = answer.ok ? "" : `That was refused: ${answer.detail ?? answer.error}.`;
    if (answer.ok && fault.once) state.replaceChildren(icon("done"), outcome(answer));
  }

  async function endIt() {
    const on = active();
    if (on) await send(`faults/${on.id}`, "DELETE");
  }

  return card;
}

function inputOf(field) {
  if (field.options)
    return h(
      "select",
      { class: "field" },
      field.options.map((value) => h("option", { value }, value)),
    );
  const { type, min, step, placeholder, value } = field;
  return h("input", { class: "field", type, min, step, placeholder, value, spellcheck: "false" });
}

function remaining(fault) {
  if (!fault.ends_at) return "until you end it";
  const seconds = Math.max(0, Math.round((new Date(fault.ends_at) - Date.now()) / 1000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")} left`;
}

function outcome({ sockets, triggers }) {
  if (sockets === 0) return "No app was connected";
  if (sockets !== undefined) return `Done to ${sockets === 1 ? "one socket" : `${sockets} sockets`}`;
  if (triggers === 0) return "No trigger was open";
  return `${triggers === 1 ? "One trigger" : `${triggers} triggers`} expired`;
}

async function send(address, method, body) {
  try {
    const response = await fetch(address, {
      method,
      headers: { "Content-Type": "application/json" },
      body: body && JSON.stringify(body),
    });
    return await response.json();
  } catch {
    return { ok: false, error: "the playground's server can't be reached" };
  }
}
