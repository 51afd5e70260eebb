/** Where a wheel is at a moment: degrees clockwise without wrapping, degrees a second. @typedef {{angle: number, velocity: number}} Turn */
/** @typedef {Turn & {at: number}} Key */

const KEYS_KEPT = 6;

/** @param {number} degrees @returns {number} the same direction in 0 … 360 */
export function wrap(degrees) {
  return ((degrees % 360) + 360) % 360;
}

/**
 * The turning of one wheel as told by the server: frames go in, the angle at any moment comes out. Times are unix ms on the
 * server's clock. Frames may be wrapped to 360; the track unwraps them by the velocity.
 */
export class AngleTrack {
  /** @type {Key[]} */
  #keys = [];
  /** When the wheel stops, once told. @type {number | null} */
  #settlesAt = null;

  get empty() {
    return this.#keys.length === 0;
  }

  /**
   * @param {number} at
   * @param {number} angle
   * @param {number} velocity
   */
  frame(at, angle, velocity) {
    const last = this.#keys[this.#keys.length - 1];
    if (last !== undefined && (at <= last.at || this.#settlesAt !== null)) return;
    const expected = last === undefined ? angle : last.angle + ((last.velocity + velocity) / 2) * ((at - last.at) / 1000);
    this.#add({ at, angle: angle + 360 * Math.round((expected - angle) / 360), velocity });
  }

  /**
   * The wheel stands at `angle` from `at` on.
   * @param {number} at
   * @param {number} angle
   */
  settle(at, angle) {
    const last = this.#keys[this.#keys.length - 1];
    const stop = last === undefined ? at : Math.max(at, last.at + 1);
    // A braking wheel cannot cover less than a third of what it would at full speed, and never turns back.
    const least = last === undefined ? angle : last.angle + (last.velocity * (stop - last.at)) / 3000 - 1;
    const travel = last !== undefined && Math.abs(wrap(angle - last.angle + 180) - 180) < 1 ? last.angle - 1 : least;
    this.#add({ at: stop, angle: angle + 360 * Math.ceil((travel - angle) / 360), velocity: 0 });
    this.#settlesAt = stop;
  }

  /** @param {number} at @returns {boolean} whether the wheel stands still from `at` on */
  settledAt(at) {
    return this.#settlesAt !== null && at >= this.#settlesAt;
  }

  /** @param {number} at @returns {Turn} */
  at(at) {
    const next = this.#keys.findIndex((key) => key.at > at);
    if (next === -1) return this.#beyond(at);
    if (next === 0) return { angle: this.#keys[0].angle, velocity: this.#keys[0].velocity };
    return between(this.#keys[next - 1], this.#keys[next], at);
  }

  /**
   * Past the last frame: go on braking as the last two frames did, down to a slow turn that waits for news.
   * @param {number} at
   * @returns {Turn}
   */
  #beyond(at) {
    const last = this.#keys[this.#keys.length - 1];
    if (this.#settlesAt !== null || last.velocity === 0) return { angle: last.angle, velocity: 0 };
    const before = this.#keys[this.#keys.length - 2];
    const braking = before === undefined ? 0 : Math.min(0, (last.velocity - before.velocity) / (last.at - before.at)) * 1000;
    const slowest = Math.min(40, last.velocity / 2);
    const seconds = (at - last.at) / 1000;
    const brakes = braking === 0 ? Infinity : (slowest - last.velocity) / braking;
    const t = Math.min(seconds, brakes);
    const velocity = last.velocity + (braking === 0 ? 0 : braking * t);
    const angle = last.angle + ((last.velocity + velocity) / 2) * t + Math.max(0, seconds - t) * velocity;
    return { angle, velocity };
  }

  /** @param {Key} key */
  #add(key) {
    this.#keys.push(key);
    if (this.#keys.length > KEYS_KEPT) this.#keys.shift();
  }
}

/**
 * The cubic through two keys with their velocities (Hermite).
 * @param {Key} from
 * @param {Key} to
 * @param {number} at
 * @returns {Turn}
 */
function between(from, to, at) {
  const span = to.at - from.at;
  const s = (at - from.at) / span;
  const [v0, v1] = [(from.velocity * span) / 1000, (to.velocity * span) / 1000];
  const d = to.angle - from.angle;
  const a = v0 + v1 - 2 * d;
  const b = 3 * d - 2 * v0 - v1;
  return {
    angle: from.angle + s * (v0 + s * (b + s * a)),
    velocity: Math.max(0, ((v0 + s * (2 * b + 3 * s * a)) * 1000) / span),
  };
}
