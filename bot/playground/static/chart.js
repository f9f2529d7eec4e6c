/** Slack's data_visualization block: a titled drawing, its legend, and the figures as a table for screen readers. */

import { drawOverCategories } from "./chart_axes.js";
import { drawPie } from "./chart_pie.js";
import { h } from "./dom.js";
import { worded } from "./numbers.js";

const KINDS = { bar: "Bar chart", line: "Line chart", area: "Area chart", pie: "Pie chart" };

export function renderChart(block) {
  const { chart, title } = block;
  const plot = h("div", {
    class: `chart-plot ${chart.type}`,
    role: "img",
    "aria-label": spoken(chart, title),
  });
  let drawn = 0;
  const draw = () => {
    const width = Math.round(plot.clientWidth);
    if (width === 0 || width === drawn) return;
    drawn = width;
    plot.replaceChildren(chart.type === "pie" ? drawPie(chart) : drawOverCategories(chart, width));
  };
  new ResizeObserver(draw).observe(plot);
  return h(
    "figure",
    { class: "block chart" },
    h("figcaption", { class: "chart-title" }, title),
    plot,
    legend(chart),
    figures(chart, title),
  );
}

function spoken(chart, title) {
  const parts =
    chart.type === "pie" ? chart.segments.map(({ label }) => label) : chart.series.map(({ name }) => name);
  return `${KINDS[chart.type]}: ${title}. ${parts.join(", ")}`;
}

/** One key for each colour; a single series needs none, its title says what it is. */
function legend(chart) {
  const names = chart.type === "pie" ? pieKeys(chart) : chart.series.map(({ name }) => name);
  if (chart.type !== "pie" && names.length < 2) return null;
  return h(
    "ul",
    { class: "chart-legend", "aria-hidden": "true" },
    names.map((name, index) =>
      h(
        "li",
        null,
        h("span", { class: "chart-key", style: { "--series": `var(--chart-${index + 1})` } }),
        name,
      ),
    ),
  );
}

function pieKeys({ segments }) {
  const whole = segments.reduce((sum, { value }) => sum + value, 0);
  return segments.map(({ label, value }) => `${label} ${Math.round((value / whole) * 100)}%`);
}

function figures(chart, title) {
  const rows =
    chart.type === "pie"
      ? chart.segments.map(({ label, value }) => [label, worded(value)])
      : chart.axis_config.categories.map((category) => [
          category,
          ...chart.series.map(({ data }) => worded(data.find(({ label }) => label === category)?.value ?? 0)),
        ]);
  const head =
    chart.type === "pie" ? ["Segment", "Value"] : ["Category", ...chart.series.map(({ name }) => name)];
  const table = h(
    "table",
    null,
    h("caption", null, title),
    h(
      "thead",
      null,
      h(
        "tr",
        null,
        head.map((name) => h("th", { scope: "col" }, name)),
      ),
    ),
    h(
      "tbody",
      null,
      rows.map(([name, ...values]) =>
        h(
          "tr",
          null,
          h("th", { scope: "row" }, name),
          values.map((value) => h("td", null, value)),
        ),
      ),
    ),
  );
  return h("div", { class: "visually-hidden" }, table);
}
