/** What an app at work shows of its steps: single tasks, and plans of several. */

import { h } from "./dom.js";
import { icon } from "./icons.js";
import { link } from "./mrkdwn.js";
import { renderRichText } from "./rich_text.js";

const STATES = {
  pending: ["Not begun", () => h("span", { class: "task-ring" })],
  in_progress: ["In progress", () => h("span", { class: "task-ring turning" })],
  complete: ["Done", () => icon("done")],
  error: ["Failed", () => icon("error")],
};

export function renderTask(block, surface) {
  return h("div", { class: "block task-card" }, taskNode(block, surface.store));
}

export function renderPlan(block, surface) {
  const tasks = block.tasks ?? [];
  const done = tasks.filter((task) => task.status === "complete").length;
  return h(
    "details",
    { class: "block plan", open: true },
    h(
      "summary",
      { class: "plan-title" },
      icon("chevron"),
      h("strong", null, block.title),
      tasks.length ? h("span", { class: "muted" }, `${done} of ${tasks.length}`) : null,
    ),
    h(
      "ol",
      { class: "plan-tasks" },
      tasks.map((task) => h("li", null, taskNode(task, surface.store))),
    ),
  );
}

function taskNode(task, store) {
  const status = task.status ?? "pending";
  const [label, picture] = STATES[status];
  return h(
    "div",
    { class: `task task-${status}` },
    h("span", { class: "task-state", role: "img", "aria-label": label }, picture()),
    h(
      "div",
      { class: "task-body" },
      h("div", { class: "task-title" }, task.title),
      task.details ? h("div", { class: "task-details" }, renderRichText(task.details, store)) : null,
      task.output ? h("div", { class: "task-output" }, renderRichText(task.output, store)) : null,
      task.sources?.length
        ? h(
            "div",
            { class: "task-sources" },
            task.sources.map((source) => link(source.url, source.text)),
          )
        : null,
    ),
  );
}
