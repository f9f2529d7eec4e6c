/** Figures in words. */

const number = new Intl.NumberFormat("en-US", { maximumFractionDigits: 2 });

/** At most two decimals, thousands set apart. */
export function worded(value) {
  return number.format(value);
}
