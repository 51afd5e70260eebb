import { wrap } from "./angle-track.js";

/** How far a peg pushes the pointer, and from how far before the tip to how far behind it. */
const MOST_TILT_DEG = 24;
const REACH_DEG = 2.4;
const STIFFNESS = 5200;
const DAMPING = 46;
const STEP_S = 0.004;

/** The pointer that the pegs push aside and that springs back: what makes a turning wheel tick. */
export class Flapper {
  tilt = 0;
  #speed = 0;
  #angle = 0;
  /** Peg angles on the disc, ascending. @type {number[]} */
  #pegs = [];

  /** @param {number[]} pegs degrees from the wheel's zero mark */
  setPegs(pegs) {
    this.#pegs = pegs;
  }

  get atRest() {
    return Math.abs(this.tilt) < 0.05 && Math.abs(this.#speed) < 0.5;
  }

  /**
   * The wheel has turned on to `angle`.
   * @param {number} angle may count on over 360
   * @param {number} seconds since the last call
   * @returns {number} how many pegs went by
   */
  follow(angle, seconds) {
    const turned = angle - this.#angle;
    this.#angle = angle;
    const passed = turned > 0 && turned < 360 ? this.#pegs.filter((peg) => wrap(angle + peg - REACH_DEG) < turned).length : 0;
    for (let left = Math.min(seconds, 0.1); left > 0; left -= STEP_S) this.#spring(Math.min(left, STEP_S));
    const pushed = turned > 0 ? this.#contact(angle) : 0;
    const released = passed > 0 && turned > REACH_DEG ? MOST_TILT_DEG * 0.8 : 0;
    if (Math.max(pushed, released) > this.tilt) {
      this.tilt = Math.max(pushed, released);
      this.#speed = 0;
    }
    return passed;
  }

  /** @param {number} angle @returns {number} the tilt that the nearest peg forces */
  #contact(angle) {
    const reaches = this.#pegs.map((peg) => wrap(angle + peg + REACH_DEG)).filter((past) => past < 2 * REACH_DEG);
    return reaches.length === 0 ? 0 : (Math.max(...reaches) / (2 * REACH_DEG)) * MOST_TILT_DEG;
  }

  /** @param {number} seconds */
  #spring(seconds) {
    this.#speed += (-STIFFNESS * this.tilt - DAMPING * this.#speed) * seconds;
    this.tilt += this.#speed * seconds;
  }
}
