/** Emoji as one types them: ":tada:" becomes the picture with its last colon, ":)" with the space after it. */

import { characterOf } from "./emoji.js";

const SHORTCODE = /(?:^|[^\p{L}\p{N}:]):([a-z0-9_+'-]+(?:::skin-tone-[2-6])?):$/u;
const EMOTICON = /(?:^|\s)(:-?\)|:-?\(|;-?\)|:-?D|:-?P|:-?\||<3|:-?o)(\s)$/;
const EMOTICONS = {
  ":)": "slightly_smiling_face",
  ":(": "disappointed",
  ";)": "wink",
  ":D": "smile",
  ":P": "stuck_out_tongue",
  ":|": "neutral_face",
  ":o": "open_mouth",
  "<3": "heart",
};

/** What the end of `text` turns into, `{from, insert}`, or null; commands and code stay as they are typed. */
export function emojiTyped(text) {
  if (text.startsWith("/") || isInCode(text)) return null;
  const code = text.match(SHORTCODE);
  if (code) return replacement(text, code[1].length + 2, characterOf(code[1]), "");
  const face = text.match(EMOTICON);
  if (!face) return null;
  return replacement(text, face[1].length + 1, characterOf(EMOTICONS[face[1].replace("-", "")]), face[2]);
}

function replacement(text, length, character, after) {
  return character ? { from: text.length - length, insert: `${character}${after}` } : null;
}

/** Whether a code span or block is still open at the end. */
function isInCode(text) {
  return (text.match(/`/g) ?? []).length % 2 === 1;
}
