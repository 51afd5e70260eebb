import { rewardPath } from "../components/reward-glyph.js";
import { Drawing, EDGE } from "./drawing.js";

/** @typedef {import("./drawing.js").View} View */

export const words = {
  press: "Scratch",
  busy: "Scratching…",
  kind: "a card of # prizes",
  underWay: "The card is being scratched…",
  before: "Press Scratch. What is beneath is drawn and stored before the first cell is touched.",
};

const CELLS = 9;
const COLUMNS = 3;
const HEAD = 0.15;
const GAP = 0.022;
/** How long the ink takes to show once the result is here, a cell after the other. */
const INK_MS = 900;
const STROKES = 9;

/** A card whose cells are scratched one after another. Frames are how many are uncovered, and the pace. */
export default class ScratchCard extends Drawing {
  static endingMs = INK_MS;
  #foil = document.createElement("canvas");
  #cell = 0;

  /**
   * @param {number} _angle
   * @param {Record<string, any>} config
   * @returns {[number, number]}
   */
  finish(_angle, config) {
    return [config.cells ?? CELLS, 0];
  }

  /**
   * @param {CanvasRenderingContext2D} ctx
   * @param {number} size
   * @param {View} view
   */
  paint(ctx, size, view) {
    const count = view.config.cells ?? CELLS;
    const uncovered = Math.min(count, view.numbers[0]);
    const rows = count / COLUMNS;
    const gap = size * GAP;
    const wide = (size * (1 - 2 * EDGE) - gap * (COLUMNS + 1)) / COLUMNS;
    const high = (size * (1 - HEAD - EDGE) - gap * (rows + 1)) / rows;
    if (view.state === "turning" && Math.floor(uncovered) > this.#cell) this.onTick(200);
    this.#cell = Math.floor(uncovered);
    this.board(ctx, size, "#0e3440");
    if (size > 160) this.write(ctx, "Three of a kind win", size / 2, size * (HEAD + EDGE) * 0.52, size * 0.8, size * 0.052, "#f3e3ba");
    const shown = cellsOf(view, count);
    const lucky = matching(shown);
    for (let cell = 0; cell < count; cell += 1) {
      const x = size * EDGE + gap + (cell % COLUMNS) * (wide + gap);
      const y = size * HEAD + gap + Math.floor(cell / COLUMNS) * (high + gap);
      ctx.save();
      ctx.translate(x, y);
      const inked = shown === null ? 0 : Math.min(1, Math.max(0, (view.since - (cell / count) * INK_MS * 0.6) / (INK_MS * 0.4)));
      const segment = shown === null ? undefined : view.segments.find(({ slug }) => slug === shown[cell]);
      this.#paintCell(ctx, wide, high, segment, inked, inked === 1 && lucky !== null && shown?.[cell] === lucky ? 0.35 + 0.65 * view.glow : 0);
      const part = Math.min(1, Math.max(0, uncovered - cell));
      if (part < 1) this.#paintFoil(ctx, wide, high, part);
      ctx.restore();
    }
  }

  /**
   * @param {CanvasRenderingContext2D} ctx
   * @param {number} wide
   * @param {number} high
   * @param {import("../components/wheel-segments.js").Segment | undefined} segment
   * @param {number} inked 0–1
   * @param {number} shine 0–1
   */
  #paintCell(ctx, wide, high, segment, inked, shine) {
    ctx.fillStyle = "#f4ecd9";
    ctx.beginPath();
    ctx.roundRect(0, 0, wide, high, wide * 0.06);
    ctx.fill();
    if (shine > 0) {
      ctx.fillStyle = `rgba(240,196,92,${0.55 * shine})`;
      ctx.fill();
      ctx.strokeStyle = "#d79a22";
      ctx.lineWidth = wide * 0.035;
      ctx.stroke();
    }
    if (inked === 0) {
      ctx.fillStyle = "rgba(10,34,44,.16)";
      for (let dot = 0; dot < 3; dot += 1) {
        ctx.beginPath();
        ctx.arc(wide / 2 + (dot - 1) * wide * 0.16, high / 2, wide * 0.035, 0, 2 * Math.PI);
        ctx.fill();
      }
      return;
    }
    ctx.globalAlpha = inked;
    if (segment === undefined) {
      ctx.strokeStyle = "rgba(10,34,44,.35)";
      ctx.lineWidth = wide * 0.02;
      ctx.beginPath();
      ctx.moveTo(wide * 0.38, high / 2);
      ctx.lineTo(wide * 0.62, high / 2);
      ctx.stroke();
    } else {
      const glyph = Math.min(wide, high) * 0.42;
      ctx.save();
      ctx.translate(wide / 2 - glyph / 2, high * 0.34 - glyph / 2);
      ctx.scale(glyph / 24, glyph / 24);
      ctx.fillStyle = "#0e4a54";
      ctx.fill(rewardPath(segment.type), "evenodd");
      ctx.restore();
      this.write(ctx, segment.label, wide / 2, high * 0.76, wide * 0.9, Math.min(wide, high) * 0.15, "#0a222c");
    }
    ctx.globalAlpha = 1;
  }

  /**
   * The foil that is left when this part of a cell has been scratched, and the coin that does it.
   * @param {CanvasRenderingContext2D} ctx
   * @param {number} wide
   * @param {number} high
   * @param {number} part 0–1
   */
  #paintFoil(ctx, wide, high, part) {
    const foil = this.#foil;
    [foil.width, foil.height] = [Math.ceil(wide), Math.ceil(high)];
    const on = /** @type {CanvasRenderingContext2D} */ (foil.getContext("2d"));
    const sheen = on.createLinearGradient(0, 0, wide, high);
    sheen.addColorStop(0, "#9fb1b5");
    sheen.addColorStop(0.45, "#dfe7e6");
    sheen.addColorStop(0.55, "#b7c6c8");
    sheen.addColorStop(1, "#8499a0");
    on.fillStyle = sheen;
    on.beginPath();
    on.roundRect(0, 0, wide, high, wide * 0.06);
    on.fill();
    on.strokeStyle = "rgba(14,52,64,.22)";
    on.lineWidth = wide * 0.012;
    for (let line = -4; line < 8; line += 1) {
      on.beginPath();
      on.moveTo((line * wide) / 5, 0);
      on.lineTo((line * wide) / 5 + wide * 0.45, high);
      on.stroke();
    }
    if (part > 0) {
      const path = strokes(wide, high, part);
      on.globalCompositeOperation = "destination-out";
      on.lineWidth = (high / STROKES) * 2.1;
      on.lineCap = on.lineJoin = "round";
      on.beginPath();
      path.forEach(([x, y], index) => (index === 0 ? on.moveTo(x, y) : on.lineTo(x, y)));
      on.stroke();
      ctx.drawImage(foil, 0, 0);
      const [x, y] = path[path.length - 1];
      ctx.fillStyle = "#e0b24e";
      ctx.strokeStyle = "#7a5516";
      ctx.lineWidth = wide * 0.02;
      ctx.beginPath();
      ctx.arc(x, y, Math.min(wide, high) * 0.13, 0, 2 * Math.PI);
      ctx.fill();
      ctx.stroke();
      return;
    }
    ctx.drawImage(foil, 0, 0);
  }
}

/**
 * The coin's way over a cell, to and fro from the top down, as far as this part of it.
 * @param {number} wide
 * @param {number} high
 * @param {number} part 0–1
 * @returns {[number, number][]}
 */
function strokes(wide, high, part) {
  const whole = part * STROKES;
  /** @type {[number, number][]} */
  const path = [[wide * 0.05, 0]];
  for (let stroke = 0; stroke < whole; stroke += 1) {
    const done = Math.min(1, whole - stroke);
    const [from, to] = stroke % 2 === 0 ? [0.05, 0.95] : [0.95, 0.05];
    path.push([wide * (from + (to - from) * done), (high * (stroke + done)) / STROKES]);
  }
  return path;
}

/**
 * The slug beneath each cell once it may be shown. A result that was read without its picture shows what was won alone.
 * @param {View} view
 * @param {number} count
 * @returns {(string | null)[] | null}
 */
function cellsOf({ result, state, angle, since, segments }, count) {
  const told = result?.reveal?.cells;
  if (Array.isArray(told)) return told;
  if (state !== "stopped" && since === 0) return null;
  if (state === "idle") return null;
  const mark = (((360 - angle) % 360) + 360) % 360;
  const won = segments.find(({ start, sweep }) => mark >= start && mark < start + sweep);
  return Array.from({ length: count }, (_, cell) => (won && won.type !== "none" && cell % 4 === 0 ? won.slug : null));
}

/** What three cells show. @param {(string | null)[] | null} cells */
function matching(cells) {
  return cells?.find((slug) => slug !== null && cells.filter((other) => other === slug).length >= 3) ?? null;
}
