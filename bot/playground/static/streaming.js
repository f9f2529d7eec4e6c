/** Messages that grow while an app writes them: what has come is let in letter by letter, not in jumps. */

const FRAMES_BEHIND = 10;
const stillness = matchMedia("(prefers-reduced-motion: reduce)");

/**
 * The blocks to show of `message` now. While the text in `row` runs behind what has come, `redraw()`
 * is called again for each frame.
 */
export function grownBlocks(row, message, redraw) {
  const blocks = message.blocks ?? [];
  const whole = lengthOf(blocks);
  row.grown ??= whole;
  const behind = whole - row.grown;
  const grows = message.streaming || row.growing;
  if (!grows || behind <= 0 || stillness.matches) {
    row.grown = whole;
    row.growing = message.streaming === true;
    return blocks;
  }
  row.growing = true;
  row.frame ??= requestAnimationFrame(() => {
    row.frame = null;
    row.grown += Math.max(1, Math.ceil(behind / FRAMES_BEHIND));
    if (row.isConnected) redraw();
  });
  return beginningOf(blocks, row.grown);
}

function lengthOf(blocks) {
  return blocks.reduce((sum, block) => sum + (block.type === "markdown" ? block.text.length : 0), 0);
}

/** The blocks up to this many letters of their markdown; what stands below the last letter waits. */
function beginningOf(blocks, letters) {
  const shown = [];
  let left = letters;
  for (const block of blocks) {
    if (block.type !== "markdown") shown.push(block);
    else if (block.text.length <= left) {
      shown.push(block);
      left -= block.text.length;
    } else {
      if (left > 0) shown.push({ ...block, text: block.text.slice(0, left) });
      break;
    }
  }
  return shown;
}
