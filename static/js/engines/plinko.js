import { Drawing, EDGE } from "./drawing.js";

/** @typedef {import("./drawing.js").View} View */

export const words = {
  press: "Drop",
  busy: "Falling…",
  kind: "a board of # slots",
  underWay: "The ball is falling…",
  before: "Press Drop. The outcome is drawn and stored before the ball falls.",
};

/** How deep the pegs reach, as the engine's frames have it. */
const PEGS_DEEP = 0.72;
/** Of the canvas: where the fall begins, and the slots. */
const TOP = 0.09;
const BOTTOM = 0.955;
const SLOTS = 0.8;

/** A board of pegs with a slot for each segment. Frames are the ball's place as an angle, and how deep it has fallen. */
export default class Plinko extends Drawing {
  /** @type {[number, number]} */
  static start = [180, 0];
  #trail = /** @type {[number, number][]} */ ([]);
  /** Which peg was met last, for the sound. */
  #row = 0;

  /** @param {number} angle @returns {[number, number]} */
  finish(angle) {
    return [angle, 1];
  }

  /**
   * @param {CanvasRenderingContext2D} ctx
   * @param {number} size
   * @param {View} view
   */
  paint(ctx, size, view) {
    const rows = view.config.rows ?? 12;
    const left = size * EDGE * 1.6;
    const wide = size - 2 * left;
    const place = (/** @type {number} */ degrees) => left + (degrees / 360) * wide;
    const depth = (/** @type {number} */ deep) => size * (TOP + deep * (SLOTS + 0.036 - TOP));
    const sea = ctx.createLinearGradient(0, 0, 0, size);
    sea.addColorStop(0, "#0f3d4a");
    sea.addColorStop(1, "#071c25");
    this.board(ctx, size, sea);
    this.#paintSlots(ctx, size, view, place);
    this.#paintPegs(ctx, size, rows, place, depth, view.numbers);
    this.#paintBall(ctx, size, rows, view, place, depth);
  }

  /**
   * @param {CanvasRenderingContext2D} ctx
   * @param {number} size
   * @param {View} view
   * @param {(degrees: number) => number} place
   */
  #paintSlots(ctx, size, { segments, angle, state, since, glow, numbers }, place) {
    const won = state === "stopped" || since > 0 ? this.segmentAt(angle) : undefined;
    const [top, bottom] = [size * SLOTS, size * BOTTOM];
    for (const segment of segments) {
      const [from, to] = [place(segment.start), place(segment.start + segment.sweep)];
      ctx.fillStyle = segment.fill;
      ctx.fillRect(from, top, to - from, bottom - top);
      const width = to - from;
      ctx.save();
      ctx.translate((from + to) / 2, top + (bottom - top) * 0.58);
      if (width < size * 0.11) ctx.rotate(-Math.PI / 2);
      this.write(ctx, segment.label, 0, 0, width < size * 0.11 ? (bottom - top) * 0.8 : width * 0.9, size * 0.026, segment.ink);
      ctx.restore();
    }
    ctx.fillStyle = "#d8ae5d";
    for (const segment of segments) {
      const wall = size * 0.006;
      ctx.fillRect(place(segment.start) - wall / 2, top - size * 0.012, wall, bottom - top + size * 0.012);
    }
    ctx.fillRect(place(360) - size * 0.003, top - size * 0.012, size * 0.006, bottom - top + size * 0.012);
    if (won === undefined || numbers[1] < 1) return;
    const [from, to] = [place(won.start), place(won.start + won.sweep)];
    ctx.fillStyle = `rgba(255,240,200,${0.18 + 0.4 * glow})`;
    ctx.fillRect(from, top, to - from, bottom - top);
    ctx.strokeStyle = "#ffe6a6";
    ctx.lineWidth = size * 0.007;
    ctx.strokeRect(from, top, to - from, bottom - top);
  }

  /**
   * @param {CanvasRenderingContext2D} ctx
   * @param {number} size
   * @param {number} rows
   * @param {(degrees: number) => number} place
   * @param {(deep: number) => number} depth
   * @param {[number, number]} numbers
   */
  #paintPegs(ctx, size, rows, place, depth, numbers) {
    const half = 180 / rows;
    const radius = Math.max(1, size * Math.min(0.009, 0.06 / rows));
    for (let row = 1; row < rows; row += 1) {
      const y = depth((PEGS_DEEP * row) / rows) + radius * 3;
      for (let at = 180 - 2 * half * rows + (row % 2) * half; at < 360; at += 2 * half) {
        if (at < half / 2) continue;
        const near = Math.abs(numbers[1] - (PEGS_DEEP * row) / rows) < 0.02 && Math.abs(360 - numbers[0] - at) < half / 2;
        ctx.fillStyle = near ? "#fff3cf" : "#c69a4b";
        ctx.beginPath();
        ctx.arc(place(at), y, near ? radius * 1.35 : radius, 0, 2 * Math.PI);
        ctx.fill();
      }
    }
    const rail = depth(PEGS_DEEP) + radius * 3;
    ctx.strokeStyle = "#e9c983";
    ctx.lineWidth = radius * 1.3;
    ctx.lineJoin = "round";
    ctx.beginPath();
    for (let step = 0; step <= rows * 2; step += 1) {
      const [x, y] = [place(12 + (336 * step) / (rows * 2)), rail + (step % 2 === 0 ? 0 : radius * 1.6)];
      if (step === 0) ctx.moveTo(x, y);
      else ctx.lineTo(x, y);
    }
    ctx.stroke();
  }

  /**
   * @param {CanvasRenderingContext2D} ctx
   * @param {number} size
   * @param {number} rows
   * @param {View} view
   * @param {(degrees: number) => number} place
   * @param {(deep: number) => number} depth
   */
  #paintBall(ctx, size, rows, { numbers: [angle, deep], state }, place, depth) {
    const ball = /** @type {[number, number]} */ ([place(360 - angle), depth(deep)]);
    const row = Math.floor((Math.min(deep, PEGS_DEEP) / PEGS_DEEP) * rows + 0.02);
    if (state === "turning" && row > this.#row) this.onTick(200);
    this.#row = row;
    this.#trail = state === "turning" ? [...this.#trail.slice(-9), ball] : [];
    const radius = Math.max(3, size * 0.02);
    this.#trail.forEach(([x, y], index) => {
      ctx.fillStyle = `rgba(255,226,160,${(index / this.#trail.length) * 0.22})`;
      ctx.beginPath();
      ctx.arc(x, y, radius * (0.4 + (0.5 * index) / this.#trail.length), 0, 2 * Math.PI);
      ctx.fill();
    });
    const shine = ctx.createRadialGradient(ball[0] - radius * 0.4, ball[1] - radius * 0.4, radius * 0.1, ball[0], ball[1], radius);
    shine.addColorStop(0, "#fffaf0");
    shine.addColorStop(0.5, "#f0d9a0");
    shine.addColorStop(1, "#a87c33");
    ctx.fillStyle = shine;
    ctx.beginPath();
    ctx.arc(ball[0], ball[1], radius, 0, 2 * Math.PI);
    ctx.fill();
  }
}
