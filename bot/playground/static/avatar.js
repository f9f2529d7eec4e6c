/** People and apps as Slack pictures them: a rounded square of colour with an initial. */

import { h } from "./dom.js";

const COLOR = /^#?([0-9a-f]{3}|[0-9a-f]{6})$/i;
const NO_COLOR = "#616061";

/** The avatar of a user; decoration, since the name always stands beside it. */
export function avatar(user, size = "") {
  const color = COLOR.exec(user.color ?? "")?.[1];
  const initial = [...(user.real_name || user.name)][0]?.toUpperCase() ?? "?";
  return h(
    "span",
    {
      class: `avatar ${size} ${user.is_bot ? "app" : ""}`,
      "aria-hidden": "true",
      style: { "--avatar-color": color ? `#${color}` : NO_COLOR },
    },
    initial,
  );
}
