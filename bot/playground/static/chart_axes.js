/** Charts over categories: round steps on the y axis, bars, lines and areas between them. */

import { s } from "./dom.js";
import { worded } from "./numbers.js";

const HEIGHT = 240;
const TOP = 10;
const LETTER = 6.4;
const STEPS = 4;
const TILT_DEGREES = -32;

/** The drawing of a bar, line or area chart at this width in pixels. */
export function drawOverCategories(chart, width) {
  const { categories, x_label: xLabel, y_label: yLabel } = chart.axis_config;
  const frame = frameOf(chart, width);
  const { left, right, bottom, ticks, yOf, bandOf, tilted } = frame;
  const grid = ticks.map((tick) => [
    s("line", {
      class: tick === 0 ? "chart-zero" : "chart-grid",
      x1: left,
      x2: right,
      y1: yOf(tick),
      y2: yOf(tick),
    }),
    s("text", { class: "chart-tick", x: left - 8, y: yOf(tick) + 4, "text-anchor": "end" }, worded(tick)),
  ]);
  const names = categories.map((category, index) => {
    const x = bandOf(index) + frame.band / 2;
    const place = tilted
      ? { transform: `translate(${x + 4} ${bottom + 14}) rotate(${TILT_DEGREES})`, "text-anchor": "end" }
      : { x, y: bottom + 18, "text-anchor": "middle" };
    return s("text", { class: "chart-tick", ...place }, category);
  });
  const middle = (bottom + TOP) / 2;
  return s(
    "svg",
    { width, height: frame.height, viewBox: `0 0 ${width} ${frame.height}` },
    grid,
    names,
    marksOf(chart, frame),
    xLabel &&
      s(
        "text",
        { class: "chart-axis", x: (left + right) / 2, y: frame.height - 4, "text-anchor": "middle" },
        xLabel,
      ),
    yLabel &&
      s(
        "text",
        { class: "chart-axis", transform: `translate(12 ${middle}) rotate(-90)`, "text-anchor": "middle" },
        yLabel,
      ),
  );
}

/** Where everything stands: the axes' ends, the steps, and how values and categories become pixels. */
function frameOf(chart, width) {
  const { categories, x_label: xLabel, y_label: yLabel } = chart.axis_config;
  const values = chart.series.flatMap(({ data }) => data.map(({ value }) => value));
  const ticks = roundSteps(Math.min(0, ...values), Math.max(0, ...values));
  const widest = Math.max(...ticks.map((tick) => worded(tick).length));
  const left = (yLabel ? 22 : 2) + widest * LETTER + 10;
  const right = width - 6;
  const band = (right - left) / categories.length;
  const longest = Math.max(...categories.map((name) => name.length));
  const tilted = longest * LETTER > band - 4;
  const foot = (tilted ? Math.min(84, longest * LETTER * 0.55 + 22) : 26) + (xLabel ? 18 : 0);
  const bottom = HEIGHT;
  const [low, high] = [ticks[0], ticks.at(-1)];
  return {
    left,
    right,
    bottom,
    band,
    tilted,
    ticks,
    height: HEIGHT + foot,
    yOf: (value) => bottom - ((value - low) / (high - low)) * (bottom - TOP),
    bandOf: (index) => left + index * band,
  };
}

/** Steps of 1, 2 or 5 times a power of ten that hold both ends. */
function roundSteps(low, high) {
  const rough = (high - low || 1) / STEPS;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].find((times) => times * power >= rough) * power;
  const from = Math.floor(low / step);
  const to = Math.max(from + 1, Math.ceil(high / step));
  return Array.from({ length: to - from + 1 }, (_, index) => Number(((from + index) * step).toPrecision(12)));
}

function marksOf(chart, frame) {
  const { categories } = chart.axis_config;
  return chart.series.map((series, index) => {
    const points = categories.map((category) => ({
      category,
      value: series.data.find(({ label }) => label === category)?.value ?? 0,
    }));
    const style = { "--series": `var(--chart-${index + 1})` };
    const tip = ({ category, value }) =>
      `${category}: ${worded(value)}${chart.series.length > 1 ? ` (${series.name})` : ""}`;
    const marks = chart.type === "bar" ? barsOf : linesOf;
    return s("g", { style }, marks({ chart, index, points, frame, tip }));
  });
}

function barsOf({ chart, index, points, frame, tip }) {
  const room = Math.min(frame.band * 0.72, 56 * chart.series.length);
  const wide = room / chart.series.length;
  return points.map((point, at) => {
    const x = frame.bandOf(at) + (frame.band - room) / 2 + index * wide + 1;
    return s("path", {
      class: "chart-bar",
      d: barPath(x, Math.max(2, wide - 2), frame.yOf(0), frame.yOf(point.value)),
      "data-tip": tip(point),
    });
  });
}

/** A bar from the zero line, round at its free end. */
function barPath(x, width, zero, end) {
  const radius = Math.min(4, width / 2, Math.abs(zero - end));
  const back = end < zero ? radius : -radius;
  return (
    `M${x} ${zero}V${end + back}Q${x} ${end} ${x + radius} ${end}` +
    `H${x + width - radius}Q${x + width} ${end} ${x + width} ${end + back}V${zero}Z`
  );
}

function linesOf({ chart, points, frame, tip }) {
  const places = points.map((point, at) => [frame.bandOf(at) + frame.band / 2, frame.yOf(point.value)]);
  const line = places.map(([x, y]) => `${x} ${y}`).join("L");
  const zero = frame.yOf(0);
  const area = `M${places[0][0]} ${zero}L${line}L${places.at(-1)[0]} ${zero}Z`;
  return [
    chart.type === "area" ? s("path", { class: "chart-area", d: area }) : null,
    s("path", { class: "chart-line", d: `M${line}` }),
    points.map((point, at) =>
      s("circle", { class: "chart-dot", cx: places[at][0], cy: places[at][1], r: 4, "data-tip": tip(point) }),
    ),
  ];
}
