/** Pies: slices clockwise from the top, each telling its share when pointed at. */

import { s } from "./dom.js";
import { worded } from "./numbers.js";

const RADIUS = 96;
const HOLE = 56;
const SIZE = 2 * RADIUS + 8;

export function drawPie({ segments }) {
  const whole = segments.reduce((sum, { value }) => sum + value, 0);
  let turned = 0;
  const slices = segments.map(({ label, value }, index) => {
    const from = turned;
    turned += value / whole;
    return s("path", {
      class: "chart-slice",
      d: slicePath(from, Math.min(turned, from + 0.99999)),
      style: { "--series": `var(--chart-${index + 1})` },
      "data-tip": `${label}: ${worded(value)} (${Math.round((value / whole) * 100)}%)`,
    });
  });
  return s(
    "svg",
    { viewBox: `${-SIZE / 2} ${-SIZE / 2} ${SIZE} ${SIZE}`, width: SIZE, height: SIZE },
    slices,
  );
}

/** A ring's sector between two parts of a whole turn. */
function slicePath(from, to) {
  const large = to - from > 0.5 ? 1 : 0;
  const outer = `M${at(from, RADIUS)}A${RADIUS} ${RADIUS} 0 ${large} 1 ${at(to, RADIUS)}`;
  return `${outer}L${at(to, HOLE)}A${HOLE} ${HOLE} 0 ${large} 0 ${at(from, HOLE)}Z`;
}

function at(part, radius) {
  const angle = part * 2 * Math.PI - Math.PI / 2;
  return `${(radius * Math.cos(angle)).toFixed(2)} ${(radius * Math.sin(angle)).toFixed(2)}`;
}
