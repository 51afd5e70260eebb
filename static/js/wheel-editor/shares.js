/**
 * How a wheel's positions are shared: whole numbers of at least one that always sum to the wheel's size. Sizes go up to 2³²,
 * so products are made of big integers and nothing is ever rounded twice.
 */

/** Of the drawn circle, the part that is shared equally, so that every segment can be seen; the rest goes by the odds. */
const EQUAL_DEG = 120;
const ODDS_DEG = 360 - EQUAL_DEG;
/** Decimals with which a percentage is written, where it needs them. */
const PERCENT_DECIMALS = 8;

/**
 * Whole numbers that sum to `size`, as near to the weights as can be (largest remainder; ties go to the first), and none below one.
 * @param {number[]} weights whole, not negative, not all zero
 * @param {number} size at least as many as there are weights
 * @returns {number[]}
 */
export function byWeights(weights, size) {
  const total = weights.reduce((sum, weight) => sum + BigInt(weight), 0n);
  const shares = weights.map((weight, at) => ({ at, whole: (BigInt(weight) * BigInt(size)) / total, rest: (BigInt(weight) * BigInt(size)) % total }));
  const left = size - shares.reduce((sum, { whole }) => sum + Number(whole), 0);
  const nearest = [...shares].sort((one, other) => (one.rest === other.rest ? one.at - other.at : one.rest > other.rest ? -1 : 1));
  const more = new Set(nearest.slice(0, left).map(({ at }) => at));
  return atLeastOne(shares.map(({ at, whole }) => Number(whole) + (more.has(at) ? 1 : 0)));
}

/** The widest give a position to those that would have none. @param {number[]} widths */
function atLeastOne(widths) {
  const given = [...widths];
  for (const [at, width] of widths.entries()) {
    if (width > 0) continue;
    given[given.indexOf(Math.max(...given))] -= 1;
    given[at] = 1;
  }
  return given;
}

/**
 * Move the border after a segment: what it gains its neighbour loses, and either keeps one at the least.
 * @param {number[]} widths
 * @param {number} at
 * @param {number} width the new one of the segment before the border
 */
export function moveBorder(widths, at, width) {
  const both = widths[at] + widths[at + 1];
  const kept = Math.min(both - 1, Math.max(1, width));
  return widths.map((one, index) => (index === at ? kept : index === at + 1 ? both - kept : one));
}

/**
 * Give one segment a width; what it gains or loses comes from one other, or from all others in proportion.
 * @param {number[]} widths
 * @param {number} at
 * @param {number} width
 * @param {number | null} giver null: all others
 * @returns {{widths: number[]} | {most: number}} `most`: the width cannot be had, but so much can
 */
export function setWidth(widths, at, width, giver) {
  const size = widths.reduce((sum, one) => sum + one, 0);
  const others = widths.filter((_, index) => index !== at);
  if (others.length === 0) return width === size ? { widths } : { most: size };
  if (giver !== null && giver !== at) {
    const most = widths[at] + widths[giver] - 1;
    if (width < 1 || width > most) return { most };
    return { widths: widths.map((one, index) => (index === at ? width : index === giver ? one + widths[at] - width : one)) };
  }
  const most = size - others.length;
  if (width < 1 || width > most) return { most };
  const shared = byWeights(others, size - width);
  return { widths: [...shared.slice(0, at), width, ...shared.slice(at)] };
}

/**
 * A share as percent, exact up to eight decimals, without zeros that say nothing.
 * @param {number} width
 * @param {number} size
 */
export function percentText(width, size) {
  const unit = 10n ** BigInt(PERCENT_DECIMALS);
  const scaled = (BigInt(width) * 100n * unit * 2n + BigInt(size)) / (BigInt(size) * 2n);
  const digits = String(scaled % unit).padStart(PERCENT_DECIMALS, "0").replace(/0+$/, "");
  return `${scaled / unit}${digits && `.${digits}`}`;
}

/**
 * The positions nearest to a percentage as it was typed; null when it is none.
 * @param {string} text
 * @param {number} size
 */
export function positionsOf(text, size) {
  const found = /^(\d{1,3})(?:[.,](\d{0,12}))?\s*%?$/.exec(text.trim());
  if (found === null) return null;
  const [, whole, decimals = ""] = found;
  const scale = 100n * 10n ** BigInt(decimals.length);
  const positions = (BigInt(whole + decimals) * BigInt(size) * 2n + scale) / (scale * 2n);
  return positions > BigInt(size) ? null : Number(positions);
}

/** The smallest whole numbers in the same proportions. @param {number[]} widths */
export function reduced(widths) {
  const divisor = widths.reduce((one, other) => greatestCommon(one, other), 0) || 1;
  return widths.map((width) => width / divisor);
}

/** @param {number} one @param {number} other @returns {number} */
function greatestCommon(one, other) {
  return other === 0 ? one : greatestCommon(other, one % other);
}

/**
 * Where segments are drawn, as the server says it too: degrees clockwise from the zero mark.
 * @param {number[]} widths
 * @returns {{start: number, sweep: number}[]}
 */
export function drawn(widths) {
  const size = widths.reduce((sum, one) => sum + one, 0);
  let start = 0;
  return widths.map((width) => {
    const sweep = EQUAL_DEG / widths.length + (ODDS_DEG * width) / size;
    start += sweep;
    return { start: start - sweep, sweep };
  });
}

/**
 * How wide the segment before a border is when the border is drawn at an angle.
 * @param {number[]} widths
 * @param {number} at the segment
 * @param {number} angle of the border, which may be moved beyond its neighbours
 */
export function widthAt(widths, at, angle) {
  const size = widths.reduce((sum, one) => sum + one, 0);
  const { start } = drawn(widths)[at];
  return Math.round(((angle - start - EQUAL_DEG / widths.length) * size) / ODDS_DEG);
}
