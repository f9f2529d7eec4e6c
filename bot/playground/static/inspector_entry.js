/** One exchange: a line that says what, how it ended and how long it took; opened, all of it. */

import { h, refill } from "./dom.js";
import { icon } from "./icons.js";
import { jsonNodes } from "./inspector_json.js";

const KINDS = {
  envelope: ["Envelope to the app", "download"],
  call: ["Web API call", "upload"],
  response_url: ["Answer to a response address", "upload"],
  upload: ["Upload", "file"],
  socket: ["Socket", "plug"],
  fault: ["Fault on purpose", "warning"],
};
const COPIED_MS = 1_500;

/** An empty line for one exchange; `showEntry` fills it. */
export function makeEntry() {
  const head = h("button", { type: "button", class: "exchange-head", "aria-expanded": "false" });
  const body = h("div", { class: "exchange-body", hidden: true });
  const node = h("li", { class: "exchange" }, head, body);
  head.addEventListener("click", () => {
    body.hidden = !body.hidden;
    head.setAttribute("aria-expanded", String(!body.hidden));
    node.fillBody();
  });
  return node;
}

/** Bring a line up to date; what is open stays open. */
export function showEntry(node, entry, store) {
  const [head, body] = node.children;
  const key = [entry.outcome, entry.latency_ms, entry.error].join();
  node.className = `exchange is-${entry.outcome} kind-${entry.kind}`;
  refill(head, key, () => headNodes(entry, store));
  node.fillBody = () => {
    if (!body.hidden) refill(body, key, () => bodyNodes(entry, store));
  };
  node.fillBody();
}

function headNodes(entry, store) {
  const [label, drawing] = KINDS[entry.kind] ?? [entry.kind, "more"];
  return [
    h("span", { class: "exchange-kind", "data-tip": label }, icon(drawing)),
    h("span", { class: "visually-hidden" }, `${label}: `),
    h(
      "span",
      { class: "exchange-what" },
      h("span", { class: "exchange-name" }, entry.name),
      h("span", { class: "exchange-summary" }, summaryOf(entry, store)),
    ),
    entry.attempt > 0 ? h("span", { class: "exchange-tag" }, `try ${entry.attempt + 1}`) : null,
    outcomeNode(entry),
    h("span", { class: "exchange-latency" }, latencyText(entry)),
    h("time", { class: "exchange-time", datetime: entry.at }, timeText(entry.at)),
  ];
}

function outcomeNode(entry) {
  if (entry.outcome === "failed")
    return h(
      "span",
      { class: "exchange-tag bad" },
      entry.status >= 400 ? `${entry.status} ${entry.error}` : entry.error,
    );
  if (entry.outcome === "waiting") return h("span", { class: "exchange-tag" }, "waiting");
  return null;
}

function bodyNodes(entry, store) {
  const app = store.apps.find((known) => known.id === entry.app)?.name;
  const facts = [
    KINDS[entry.kind]?.[0],
    app,
    entry.at.replace("T", " ").replace(/\+00:00$/, " UTC"),
    entry.status ? `HTTP ${entry.status}` : null,
    entry.outcome === "ok" && entry.kind === "envelope" ? `acknowledged after ${latencyText(entry)}` : null,
  ].filter(Boolean);
  return [
    h("p", { class: "exchange-facts muted" }, facts.join(" · ")),
    h(
      "div",
      { class: "exchange-buttons" },
      entry.curl ? copyButton("Copy as curl", entry.curl) : null,
      copyButton("Copy request", JSON.stringify(entry.request, null, 2)),
      entry.answer === null ? null : copyButton("Copy answer", JSON.stringify(entry.answer, null, 2)),
    ),
    part(entry.kind === "envelope" ? "Envelope" : "Request", entry.request),
    entry.answer === null ? null : part(entry.kind === "envelope" ? "Ack" : "Answer", entry.answer),
  ];
}

function part(title, value) {
  return h(
    "section",
    { class: "exchange-part" },
    h("h3", null, title),
    h("pre", { class: "json", tabindex: 0, "aria-label": title }, jsonNodes(value)),
  );
}

function copyButton(label, text) {
  const button = h("button", { type: "button", class: "button small" }, icon("copy"), h("span", null, label));
  const words = button.lastChild;
  button.addEventListener("click", async () => {
    const copied = await navigator.clipboard.writeText(text).then(
      () => true,
      () => false,
    );
    words.textContent = copied ? "Copied" : "The browser refused";
    setTimeout(() => (words.textContent = label), COPIED_MS);
  });
  return button;
}

/** A few words: the server's own for envelopes, of calls what they were about. */
function summaryOf(entry, store) {
  if (entry.summary) return entry.summary;
  const request = entry.request ?? {};
  const channel = store.channels.get(request.channel ?? request.channel_id);
  const where = channel ? `#${store.channelName(channel)}` : (request.channel ?? "");
  const what =
    request.text ??
    request.markdown_text ??
    request.name ??
    request.filename ??
    request.view?.title?.text ??
    "";
  return [where, what].filter(Boolean).join(" · ").slice(0, 200);
}

function latencyText(entry) {
  if (entry.latency_ms === null || entry.kind === "socket" || entry.kind === "fault") return "";
  if (entry.latency_ms < 0.1) return "< 0.1 ms";
  if (entry.latency_ms < 10) return `${entry.latency_ms.toFixed(1)} ms`;
  return entry.latency_ms < 1000
    ? `${Math.round(entry.latency_ms)} ms`
    : `${(entry.latency_ms / 1000).toFixed(2)} s`;
}

function timeText(at) {
  return new Date(at).toLocaleTimeString([], { hour12: false });
}
