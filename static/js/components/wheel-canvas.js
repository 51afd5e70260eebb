import { wrap } from "../motion/angle-track.js";
import { Flapper } from "../motion/flapper.js";
import { motionReduced } from "../motion/reduced.js";
import { WheelMotion } from "../motion/wheel-motion.js";
import { RIM, paintDisc, paintEmblem, paintLight, paintPeg, paintPointer, paintRim } from "./wheel-paint.js";
import { pegsOf, segmentUnder } from "./wheel-segments.js";

/** @typedef {import("./wheel-segments.js").Segment} Segment */
/** Painted once for a size and a set of segments. @typedef {{rim: HTMLCanvasElement, disc: HTMLCanvasElement, light: HTMLCanvasElement, peg: HTMLCanvasElement}} Layers */

export const WHEEL_FACE = "Besley, Georgia, serif";
/** Room around the wheel for its shadow and the pointer's pivot, as a share of half the canvas. */
const MARGIN = 0.08;
const CELEBRATION_MS = 2_200;
const FADE_MS = 260;
/** A fast disc smears over this share of a frame, drawn as so many faint copies. */
const SHUTTER = 0.6;
const BLUR_SAMPLES = 4;
const BLURS_FROM_DEG_S = 150;
/** A device that takes longer than this for a frame gets fewer copies. */
const SLOW_FRAME_MS = 24;

/**
 * Draws one wheel on a canvas at the device's pixel ratio and keeps `data-angle`, `data-segment` and `data-state` on it.
 * Knows nothing of sockets or spins: it is told frames and where to stop.
 */
export class WheelCanvas {
  #canvas;
  #ctx;
  #now;
  #motion = new WheelMotion();
  #flapper = new Flapper();
  /** @type {Segment[]} */
  #segments = [];
  /** @type {number[]} */
  #pegs = [];
  /** @type {Layers | null} */
  #layers = null;
  #drawnAt = 0;
  #frame = 0;
  #blurSamples = BLUR_SAMPLES;
  #celebratesSince = -Infinity;
  /** @type {(() => void) | null} */
  #onSettled = null;
  /** Called for the pegs that went by. @type {(velocity: number) => void} */
  onTick = () => {};

  /**
   * @param {HTMLCanvasElement} canvas
   * @param {() => number} now the server's clock, unix ms
   */
  constructor(canvas, now) {
    this.#canvas = canvas;
    this.#ctx = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
    this.#now = now;
    canvas.dataset.state = "idle";
    new ResizeObserver(() => this.#resize()).observe(canvas);
    void document.fonts.load(`650 20px ${WHEEL_FACE}`).then(() => this.#repaint());
  }

  /**
   * @param {Segment[]} segments in the order of their angles
   * @param {object} [_config] the engine's; a wheel has none
   */
  setSegments(segments, _config) {
    this.#segments = segments;
    this.#pegs = pegsOf(segments);
    this.#flapper.setPegs(this.#pegs);
    this.#repaint();
  }

  /**
   * Stand at this angle at once, as a page that comes late shows a wheel that has already stopped.
   * @param {number} angle
   * @param {"idle" | "stopped"} [state]
   * @param {object | null} [_result] the angle says all there is to see
   */
  rest(angle, state = "stopped", _result) {
    this.#motion.rest(angle);
    this.#setState(state);
    this.#request();
  }

  /** A spin begins: follow its frames from now on. */
  begin() {
    this.#celebratesSince = -Infinity;
    this.#motion.begin(this.#now());
    this.#setState("turning");
    this.#canvas.classList.toggle("is-veiled", motionReduced());
    this.#request();
  }

  /**
   * @param {number} at
   * @param {number} angle
   * @param {number} velocity
   */
  frame(at, angle, velocity) {
    this.#motion.frame(at, angle, velocity, this.#now());
  }

  /**
   * Stop at `angle` at the moment `at` (or as soon as it can, when that is past).
   * @param {number} at
   * @param {number} angle
   * @param {object | null} [_result] the angle says all there is to see
   * @returns {Promise<void>} when the wheel stands there on the screen
   */
  settle(at, angle, _result) {
    if (!this.#motion.turning) this.begin();
    if (motionReduced() || document.visibilityState === "hidden") {
      return new Promise((resolve) => {
        setTimeout(() => {
          this.rest(angle);
          this.#canvas.classList.remove("is-veiled");
          resolve();
        }, Math.max(0, at - this.#now()) + FADE_MS);
      });
    }
    this.#motion.settle(at, angle, this.#now());
    return new Promise((resolve) => (this.#onSettled = resolve));
  }

  /** A calm celebration: light runs once round the pegs and the segment shines. */
  celebrate() {
    this.#celebratesSince = performance.now();
    this.#request();
  }

  #request() {
    if (this.#frame === 0) this.#frame = requestAnimationFrame((time) => this.#draw(time));
  }

  /** @param {number} time */
  #draw(time) {
    this.#frame = 0;
    const layers = this.#layers;
    if (layers === null) return;
    const shown = this.#motion.shown(this.#now());
    const still = motionReduced() && !shown.settled ? { ...shown, angle: 0, velocity: 0 } : shown;
    const passed = this.#flapper.follow(still.angle, (time - this.#drawnAt) / 1000);
    if (still.velocity > BLURS_FROM_DEG_S && time - this.#drawnAt > SLOW_FRAME_MS) this.#blurSamples = Math.max(0, this.#blurSamples - 1);
    this.#drawnAt = time;
    if (passed > 0) this.onTick(still.velocity);
    const glow = motionReduced() ? 0 : Math.max(0, 1 - (time - this.#celebratesSince) / CELEBRATION_MS);
    this.#paint(layers, still.angle, still.velocity, glow);
    if (shown.settled) this.#report(shown.angle);
    if (!shown.settled || !this.#flapper.atRest || glow > 0) this.#request();
  }

  /** @param {number} angle */
  #report(angle) {
    this.#canvas.dataset.angle = wrap(angle).toFixed(3);
    this.#canvas.dataset.segment = segmentUnder(this.#segments, angle)?.slug ?? "";
    if (this.#canvas.dataset.state === "turning") this.#setState("stopped");
    const settled = this.#onSettled;
    this.#onSettled = null;
    settled?.();
  }

  /** @param {"idle" | "turning" | "stopped"} state */
  #setState(state) {
    this.#canvas.dataset.state = state;
  }

  /**
   * @param {Layers} layers
   * @param {number} angle
   * @param {number} velocity
   * @param {number} glow 0–1
   */
  #paint(layers, angle, velocity, glow) {
    const ctx = this.#ctx;
    const size = this.#canvas.width;
    const radius = (size / 2) * (1 - MARGIN);
    const turn = (angle * Math.PI) / 180;
    ctx.setTransform(1, 0, 0, 1, 0, 0);
    ctx.clearRect(0, 0, size, size);
    ctx.drawImage(layers.rim, 0, 0);
    ctx.translate(size / 2, size / 2);
    ctx.save();
    ctx.rotate(turn);
    ctx.drawImage(layers.disc, -size / 2, -size / 2);
    if (velocity > BLURS_FROM_DEG_S && this.#blurSamples > 0) this.#paintBlur(layers.disc, size, velocity);
    if (glow > 0) this.#paintShine(angle, radius, glow);
    ctx.restore();
    ctx.drawImage(layers.light, -size / 2, -size / 2);
    ctx.save();
    ctx.rotate(turn);
    paintEmblem(ctx, radius);
    ctx.restore();
    this.#paintPegs(layers.peg, angle, radius, glow);
    ctx.save();
    ctx.translate(0, -radius * 1.035);
    ctx.rotate((-this.#flapper.tilt * Math.PI) / 180);
    paintPointer(ctx, radius * 0.165);
    ctx.restore();
  }

  /**
   * The smear of a fast disc: what the eye would see between two frames.
   * @param {HTMLCanvasElement} disc
   * @param {number} size
   * @param {number} velocity
   */
  #paintBlur(disc, size, velocity) {
    const smear = ((velocity / 60) * (Math.PI / 180) * SHUTTER) / this.#blurSamples;
    this.#ctx.save();
    for (let sample = 1; sample <= this.#blurSamples; sample += 1) {
      this.#ctx.globalAlpha = 1 / (sample + 1);
      this.#ctx.rotate(-smear);
      this.#ctx.drawImage(disc, -size / 2, -size / 2);
    }
    this.#ctx.restore();
  }

  /**
   * @param {number} angle
   * @param {number} radius
   * @param {number} glow
   */
  #paintShine(angle, radius, glow) {
    const segment = segmentUnder(this.#segments, angle);
    if (segment === undefined) return;
    const ctx = this.#ctx;
    const reach = radius * (1 - RIM) * 0.952;
    ctx.globalAlpha = Math.sin(Math.min(1, (1 - glow) * 4) * Math.PI * 0.5) * glow;
    ctx.beginPath();
    ctx.moveTo(0, 0);
    ctx.arc(0, 0, reach, ((segment.start - 90) * Math.PI) / 180, ((segment.start + segment.sweep - 90) * Math.PI) / 180);
    ctx.closePath();
    ctx.fillStyle = "rgba(255,240,200,.28)";
    ctx.fill();
    ctx.strokeStyle = "#ffe6a6";
    ctx.lineWidth = radius * 0.018;
    ctx.stroke();
  }

  /**
   * @param {HTMLCanvasElement} peg
   * @param {number} angle
   * @param {number} radius
   * @param {number} glow
   */
  #paintPegs(peg, angle, radius, glow) {
    const ctx = this.#ctx;
    const at = radius * (1 - RIM / 2 + 0.002);
    const front = (1 - glow) * 2.4;
    for (const mark of this.#pegs) {
      const turn = ((wrap(mark + angle) - 90) * Math.PI) / 180;
      const [x, y] = [Math.cos(turn) * at, Math.sin(turn) * at];
      ctx.drawImage(peg, x - peg.width / 2, y - peg.height / 2);
      if (glow === 0) continue;
      const fromTop = Math.min(wrap(mark + angle), 360 - wrap(mark + angle)) / 180;
      const lit = Math.max(0, 1 - Math.abs(front - fromTop * 1.4) * 2.2);
      if (lit === 0) continue;
      ctx.globalAlpha = lit;
      ctx.fillStyle = "#fff6d8";
      ctx.shadowColor = "#ffd873";
      ctx.shadowBlur = radius * 0.06;
      ctx.beginPath();
      ctx.arc(x, y, peg.width * 0.3, 0, 2 * Math.PI);
      ctx.fill();
      ctx.globalAlpha = 1;
      ctx.shadowBlur = 0;
    }
  }

  #resize() {
    const pixels = Math.round(this.#canvas.clientWidth * Math.min(devicePixelRatio, 2.5));
    if (pixels === 0 || pixels === this.#canvas.width) return;
    this.#canvas.width = this.#canvas.height = pixels;
    this.#repaint();
  }

  /** Paint the layers anew: the size, the segments or the font have changed. */
  #repaint() {
    const size = this.#canvas.width;
    if (size === 0 || this.#segments.length === 0) return;
    const radius = (size / 2) * (1 - MARGIN);
    const peg = radius * 0.022;
    this.#layers = {
      rim: layer(size, (ctx) => paintRim(ctx, radius)),
      disc: layer(size, (ctx) => paintDisc(ctx, radius, this.#segments, WHEEL_FACE)),
      light: layer(size, (ctx) => paintLight(ctx, radius)),
      peg: layer(Math.ceil(peg * 3), (ctx) => paintPeg(ctx, peg)),
    };
    this.#request();
  }
}

/**
 * @param {number} size
 * @param {(ctx: CanvasRenderingContext2D) => void} paint with the origin in the middle
 */
function layer(size, paint) {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = size;
  const ctx = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  ctx.translate(size / 2, size / 2);
  paint(ctx);
  return canvas;
}
