import { segmentUnder } from "../components/wheel-segments.js";
import { WHEEL_FACE } from "../components/wheel-canvas.js";
import { FrameTrack, SHOWN_BEHIND_MS } from "../motion/frame-track.js";
import { motionReduced } from "../motion/reduced.js";

/** @typedef {import("../components/wheel-segments.js").Segment} Segment */
/** @typedef {import("../protocol.js").SpinResult} SpinResult */

/**
 * What there is to paint.
 * @typedef {object} View
 * @property {[number, number]} numbers of the shown frame
 * @property {"idle" | "turning" | "stopped"} state
 * @property {number} since ms since the result came to be shown; 0 before
 * @property {number} glow 1 at the beginning of a celebration, 0 when it is over or there is none
 * @property {number} angle of the shown result
 * @property {SpinResult | null} result the shown result
 * @property {Segment[]} segments
 * @property {Record<string, any>} config the engine's
 */

/** The width of a board's brass frame, as a share of the canvas. */
export const EDGE = 0.035;
const CELEBRATION_MS = 2_200;
const FADE_MS = 260;

/**
 * Draws an engine's reveals on a square canvas at the device's pixel ratio, and keeps `data-angle`, `data-segment` and
 * `data-state` on it. A subclass paints; frames, time, sizes, reduced motion and the end of a reveal are seen to here.
 */
export class Drawing {
  /** Of the frame in which nothing has happened yet. @type {[number, number]} */
  static start = [0, 0];
  /** How long the end is painted after the reveal, with the result in hand. */
  static endingMs = 0;
  #canvas;
  #ctx;
  #now;
  #track = new FrameTrack();
  /** @type {Segment[]} */
  #segments = [];
  /** @type {Record<string, any>} */
  #config = {};
  /** @type {"idle" | "turning" | "stopped"} */
  #state = "idle";
  #angle = 0;
  /** @type {SpinResult | null} */
  #result = null;
  /** The end that has been told, until it is shown. @type {{at: number, angle: number, result: SpinResult | null} | null} */
  #end = null;
  #resultSince = -Infinity;
  #celebratesSince = -Infinity;
  #frame = 0;
  /** @type {(() => void) | null} */
  #onSettled = null;
  /** Called for each thing that sounds. @type {(velocity: number) => void} */
  onTick = () => {};

  /**
   * @param {HTMLCanvasElement} canvas
   * @param {() => number} now the server's clock, unix ms
   */
  constructor(canvas, now) {
    this.#canvas = canvas;
    this.#ctx = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
    this.#now = now;
    this.#report("idle");
    new ResizeObserver(() => this.#resize()).observe(canvas);
    void document.fonts.load(`650 20px ${WHEEL_FACE}`).then(() => this.#request());
  }

  /**
   * @param {Segment[]} segments in the order of their angles
   * @param {Record<string, any>} [config] the engine's
   */
  setSegments(segments, config = {}) {
    this.#segments = segments;
    this.#config = config;
    this.#request();
  }

  /**
   * Show this at once, as a page that comes late shows what has already ended.
   * @param {number} angle
   * @param {"idle" | "stopped"} [state]
   * @param {SpinResult | null} [result]
   */
  rest(angle, state = "stopped", result = null) {
    this.#end = null;
    this.#angle = angle;
    this.#result = result;
    this.#resultSince = -Infinity;
    this.#report(state);
    this.#request();
  }

  /** A reveal begins: follow its frames from now on. */
  begin() {
    this.#track = new FrameTrack();
    this.#end = null;
    this.#result = null;
    this.#celebratesSince = -Infinity;
    this.#report("turning");
    this.#canvas.classList.toggle("is-veiled", motionReduced());
    this.#request();
  }

  /**
   * @param {number} at
   * @param {number} first
   * @param {number} second
   */
  frame(at, first, second) {
    this.#track.add(at, [first, second]);
    this.#request();
  }

  /**
   * The reveal ends at the moment `at` (or as soon as it can, when that is past).
   * @param {number} at
   * @param {number} angle
   * @param {SpinResult | null} [result]
   * @returns {Promise<void>} when the result stands on the screen
   */
  settle(at, angle, result = null) {
    if (this.#state !== "turning") this.begin();
    if (motionReduced() || document.visibilityState === "hidden") {
      return new Promise((resolve) => {
        setTimeout(() => {
          this.rest(angle, "stopped", result);
          this.#canvas.classList.remove("is-veiled");
          resolve();
        }, Math.max(0, at - this.#now()) + FADE_MS);
      });
    }
    this.#end = { at: Math.max(at, this.#now() - SHOWN_BEHIND_MS), angle, result };
    this.#track.add(this.#end.at, this.finish(angle, this.#config));
    this.#request();
    return new Promise((resolve) => (this.#onSettled = resolve));
  }

  /** A calm celebration of what has been won. */
  celebrate() {
    this.#celebratesSince = performance.now();
    this.#request();
  }

  /**
   * The last frame of a reveal with this angle.
   * @param {number} _angle
   * @param {Record<string, any>} _config the engine's
   * @returns {[number, number]}
   */
  finish(_angle, _config) {
    return /** @type {typeof Drawing} */ (this.constructor).start;
  }

  /**
   * Paint on the cleared canvas; the origin is its upper left corner.
   * @param {CanvasRenderingContext2D} _ctx
   * @param {number} _size the canvas's width and height in its own pixels
   * @param {View} _view
   */
  paint(_ctx, _size, _view) {
    throw new Error("A drawing paints.");
  }

  /** The segment that an angle lies in. @param {number} angle */
  segmentAt(angle) {
    return segmentUnder(this.#segments, angle);
  }

  /**
   * A board in a brass frame, as large as the canvas.
   * @param {CanvasRenderingContext2D} ctx
   * @param {number} size
   * @param {string | CanvasGradient} ground
   */
  board(ctx, size, ground) {
    const brass = ctx.createLinearGradient(0, 0, size, size);
    brass.addColorStop(0, "#e9c983");
    brass.addColorStop(0.5, "#a87c33");
    brass.addColorStop(1, "#d8ae5d");
    for (const [edge, radius, fill] of /** @type {[number, number, string | CanvasGradient][]} */ ([[0.01, 0.045, brass], [EDGE, 0.03, ground]])) {
      ctx.fillStyle = fill;
      ctx.beginPath();
      ctx.roundRect(size * edge, size * edge, size * (1 - 2 * edge), size * (1 - 2 * edge), size * radius);
      ctx.fill();
    }
  }

  /**
   * Write words around a point, as large as fits, in two lines where one would have to be smaller.
   * @param {CanvasRenderingContext2D} ctx
   * @param {string} words
   * @param {number} x
   * @param {number} y
   * @param {number} width that they may take
   * @param {number} size of the letters at the most; nothing is written below 8 pixels
   * @param {string} ink
   */
  write(ctx, words, x, y, width, size, ink) {
    ctx.textAlign = "center";
    ctx.textBaseline = "middle";
    ctx.fillStyle = ink;
    ctx.font = `650 ${size}px ${WHEEL_FACE}`;
    const lines = ctx.measureText(words).width > width && words.includes(" ") ? halves(words) : [words];
    let letters = size;
    do {
      ctx.font = `650 ${letters}px ${WHEEL_FACE}`;
      if (Math.max(...lines.map((line) => ctx.measureText(line).width)) <= width) break;
      letters *= 0.92;
    } while (letters >= 8);
    if (letters < 8) return;
    lines.forEach((line, index) => ctx.fillText(line, x, y + (index - (lines.length - 1) / 2) * letters * 1.14));
  }

  #request() {
    if (this.#frame === 0) this.#frame = requestAnimationFrame(() => this.#draw());
  }

  #draw() {
    this.#frame = 0;
    const { start, endingMs } = /** @type {typeof Drawing} */ (this.constructor);
    const size = this.#canvas.width;
    if (size === 0 || this.#segments.length === 0) return;
    const shownAt = this.#now() - SHOWN_BEHIND_MS;
    if (this.#end !== null && this.#result === null && shownAt >= this.#end.at) {
      this.#result = this.#end.result;
      this.#angle = this.#end.angle;
      this.#resultSince = performance.now();
      this.#end = { ...this.#end, at: -Infinity };
    }
    const since = this.#end?.at === -Infinity || this.#state === "stopped" ? performance.now() - this.#resultSince : 0;
    const glow = motionReduced() ? 0 : Math.max(0, 1 - (performance.now() - this.#celebratesSince) / CELEBRATION_MS);
    const followed = this.#state === "turning" && !this.#track.empty && !motionReduced();
    const over = this.#state === "stopped" || this.#end?.at === -Infinity;
    const numbers = over ? this.finish(this.#angle, this.#config) : followed ? this.#track.at(shownAt) : start;
    this.#ctx.setTransform(1, 0, 0, 1, 0, 0);
    this.#ctx.clearRect(0, 0, size, size);
    this.#ctx.save();
    this.paint(this.#ctx, size, {
      numbers, since, glow, state: this.#state, angle: this.#angle, result: this.#result,
      segments: this.#segments, config: this.#config,
    });
    this.#ctx.restore();
    if (this.#end?.at === -Infinity && since >= endingMs) this.#settled();
    if ((this.#state === "turning" && !motionReduced()) || glow > 0) this.#request();
  }

  #settled() {
    this.#end = null;
    this.#report("stopped");
    const settled = this.#onSettled;
    this.#onSettled = null;
    settled?.();
  }

  /** @param {"idle" | "turning" | "stopped"} state */
  #report(state) {
    this.#state = state;
    this.#canvas.dataset.state = state;
    if (state === "turning") return;
    this.#canvas.dataset.angle = (((this.#angle % 360) + 360) % 360).toFixed(3);
    this.#canvas.dataset.segment = state === "stopped" ? (this.segmentAt(this.#angle)?.slug ?? "") : "";
  }

  #resize() {
    const pixels = Math.round(this.#canvas.clientWidth * Math.min(devicePixelRatio, 2.5));
    if (pixels === 0 || pixels === this.#canvas.width) return;
    this.#canvas.width = this.#canvas.height = pixels;
    this.#request();
  }
}

/** Two lines that are as alike in length as may be. @param {string} words */
function halves(words) {
  const parts = words.split(" ");
  const at = parts.slice(1).reduce((best, _, index) => {
    const length = parts.slice(0, index + 1).join(" ").length;
    return Math.abs(length - words.length / 2) < Math.abs(parts.slice(0, best).join(" ").length - words.length / 2) ? index + 1 : best;
  }, 1);
  return [parts.slice(0, at).join(" "), parts.slice(at).join(" ")];
}
