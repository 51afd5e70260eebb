import { motionReduced } from "../motion/reduced.js";
import { WheelMotion } from "../motion/wheel-motion.js";

/** @typedef {import("./wheel-segments.js").Segment} Segment */

/** Another player's wheel, small: the same colours and the same angle, without labels. */
export class MiniWheel {
  #canvas;
  #ctx;
  #now;
  #segments;
  #motion = new WheelMotion();
  #frame = 0;

  /**
   * @param {HTMLCanvasElement} canvas
   * @param {Segment[]} segments
   * @param {() => number} now the server's clock, unix ms
   */
  constructor(canvas, segments, now) {
    this.#canvas = canvas;
    this.#ctx = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
    this.#segments = segments;
    this.#now = now;
    this.#canvas.width = this.#canvas.height = Math.round((canvas.clientWidth || 44) * Math.min(devicePixelRatio, 2.5));
    this.#motion.begin(now());
    this.#request();
  }

  /**
   * @param {number} at
   * @param {number} angle
   * @param {number} velocity
   */
  frame(at, angle, velocity) {
    this.#motion.frame(at, angle, velocity, this.#now());
    this.#request();
  }

  /**
   * @param {number} at
   * @param {number} angle
   */
  settle(at, angle) {
    if (motionReduced()) this.#motion.rest(angle);
    else this.#motion.settle(at, angle, this.#now());
    this.#request();
  }

  #request() {
    if (this.#frame === 0) this.#frame = requestAnimationFrame(() => this.#draw());
  }

  #draw() {
    this.#frame = 0;
    const shown = this.#motion.shown(this.#now());
    const size = this.#canvas.width;
    const ctx = this.#ctx;
    ctx.setTransform(1, 0, 0, 1, size / 2, size / 2);
    ctx.clearRect(-size / 2, -size / 2, size, size);
    if (shown.settled || !motionReduced()) ctx.rotate((shown.angle * Math.PI) / 180);
    for (const { start, sweep, fill } of this.#segments) {
      ctx.beginPath();
      ctx.moveTo(0, 0);
      ctx.arc(0, 0, size * 0.43, ((start - 90) * Math.PI) / 180, ((start + sweep - 90) * Math.PI) / 180);
      ctx.fillStyle = fill;
      ctx.fill();
    }
    ctx.strokeStyle = "#c4953f";
    ctx.lineWidth = size * 0.07;
    ctx.beginPath();
    ctx.arc(0, 0, size * 0.44, 0, 2 * Math.PI);
    ctx.stroke();
    ctx.fillStyle = "#c4953f";
    ctx.beginPath();
    ctx.arc(0, 0, size * 0.09, 0, 2 * Math.PI);
    ctx.fill();
    ctx.setTransform(1, 0, 0, 1, size / 2, 0);
    ctx.fillStyle = "#f6efdf";
    ctx.strokeStyle = "#3d280a";
    ctx.lineWidth = size * 0.02;
    ctx.beginPath();
    ctx.moveTo(-size * 0.075, 0);
    ctx.lineTo(size * 0.075, 0);
    ctx.lineTo(0, size * 0.2);
    ctx.closePath();
    ctx.fill();
    ctx.stroke();
    if (!shown.settled && this.#canvas.isConnected) this.#request();
  }
}
