/** @typedef {import("./wheel-segments.js").Segment} Segment */

/**
 * Where and how a label is written on its segment.
 * @typedef {object} FittedLabel
 * @property {string[]} lines
 * @property {string} font
 * @property {number} lineHeight
 * @property {number} radius of the label's middle
 * @property {"arc" | "radius"} along upright at the pointer, or from the hub outwards
 * @property {{radius: number, size: number} | null} glyph
 */

/** Type on the wheel as shares of the face's radius; nothing is written smaller than the least. */
const LARGEST = 0.088;
const LEAST_PX = 8;
const LEADING = 1.12;
const WEIGHT = 650;
const UPRIGHT_MIDDLE = 0.77;

/**
 * The largest writing of a label that stays inside its segment: upright where the segment is wide enough, else along the
 * radius; null when nothing legible fits (the odds sheet names it then).
 * @param {CanvasRenderingContext2D} ctx
 * @param {Segment} segment
 * @param {number} edge outer radius of the segment
 * @param {number} hub inner radius of what can be seen of it
 * @param {string} face font family
 * @returns {FittedLabel | null}
 */
export function fitLabel(ctx, segment, edge, hub, face) {
  const upright = fitUpright(ctx, segment, edge, face);
  const radial = fitRadial(ctx, segment, edge, hub, face);
  const best = upright !== null && (radial === null || upright.size >= radial.size * 0.72) ? upright : radial;
  return best?.label ?? null;
}

/** @param {string} label @returns {string[][]} one line, and every split in two or three at the spaces */
function splits(label) {
  const words = label.split(" ");
  const ways = [[label]];
  for (let a = 1; a < words.length; a += 1) {
    ways.push([words.slice(0, a).join(" "), words.slice(a).join(" ")]);
    for (let b = a + 1; b < words.length; b += 1) {
      ways.push([words.slice(0, a).join(" "), words.slice(a, b).join(" "), words.slice(b).join(" ")]);
    }
  }
  return ways.slice(0, 40);
}

/**
 * The largest size at which a split fits, over all splits.
 * @param {CanvasRenderingContext2D} ctx
 * @param {string} label
 * @param {number} largest
 * @param {string} face
 * @param {(size: number, count: number, widest: number) => boolean} fits
 */
function largestSplit(ctx, label, largest, face, fits) {
  let best = null;
  ctx.font = `${WEIGHT} 100px ${face}`;
  for (const lines of splits(label)) {
    const widest = Math.max(...lines.map((line) => ctx.measureText(line).width)) / 100;
    let size = largest;
    while (size >= LEAST_PX && !fits(size, lines.length, widest * size)) size *= 0.94;
    if (size >= LEAST_PX && (best === null || size > best.size * 1.03)) best = { lines, size };
  }
  return best;
}

/**
 * @param {CanvasRenderingContext2D} ctx
 * @param {Segment} segment
 * @param {number} edge
 * @param {string} face
 */
function fitUpright(ctx, segment, edge, face) {
  const half = (Math.min(segment.sweep, 150) * Math.PI) / 360;
  const middle = edge * UPRIGHT_MIDDLE;
  const best = largestSplit(ctx, segment.label, edge * LARGEST, face, (size, count, widest) => {
    const bottom = middle - (count * size * LEADING) / 2;
    const corner = Math.hypot(widest / 2, middle + (count * size * LEADING) / 2);
    return widest + size * 0.9 < 2 * bottom * Math.tan(Math.min(half, 1.2)) && corner < edge * 0.965;
  });
  if (best === null) return null;
  const glyphSize = edge * 0.1;
  const below = middle - (best.lines.length * best.size * LEADING) / 2 - glyphSize * 0.85;
  const roomy = 2 * below * Math.tan(Math.min(half, 1.2)) > glyphSize * 1.9 && below > edge * 0.36;
  return {
    size: best.size,
    label: /** @type {FittedLabel} */ ({
      ...written(best, face),
      radius: middle,
      along: "arc",
      glyph: roomy ? { radius: below, size: glyphSize } : null,
    }),
  };
}

/**
 * @param {CanvasRenderingContext2D} ctx
 * @param {Segment} segment
 * @param {number} edge
 * @param {number} hub
 * @param {string} face
 */
function fitRadial(ctx, segment, edge, hub, face) {
  const half = (Math.min(segment.sweep, 90) * Math.PI) / 360;
  const outer = edge * 0.945;
  const best = largestSplit(ctx, segment.label, edge * LARGEST, face, (size, count, widest) => {
    const inner = outer - widest;
    return inner > hub * 1.25 && count * size * LEADING < 2 * inner * Math.tan(half);
  });
  if (best === null) return null;
  ctx.font = `${WEIGHT} ${best.size}px ${face}`;
  const widest = Math.max(...best.lines.map((line) => ctx.measureText(line).width));
  const label = { ...written(best, face), radius: outer - widest / 2, along: "radius", glyph: null };
  return { size: best.size, label: /** @type {FittedLabel} */ (label) };
}

/**
 * @param {{lines: string[], size: number}} best
 * @param {string} face
 */
function written(best, face) {
  return { lines: best.lines, font: `${WEIGHT} ${best.size}px ${face}`, lineHeight: best.size * LEADING };
}
