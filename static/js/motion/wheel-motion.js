import { AngleTrack, wrap } from "./angle-track.js";

/** Every device shows the wheel this long after the server's clock, so that the frame after the shown moment is at hand. */
const SHOWN_BEHIND_MS = 150;
const CORRECTION_MS = 350;
const START_MS = 900;

/**
 * The angle that a page shows for one wheel: at rest, or following a track. What is shown never jumps: when news differs
 * from what was shown, the difference fades out while the wheel goes on.
 */
export class WheelMotion {
  /** @type {AngleTrack | null} */
  #track = null;
  #restAngle;
  #shownAt = 0;
  #correction = { from: 0, since: 0, over: 1 };
  /** The moment the newest track began to be followed; its first news may be far from where the wheel stood. */
  #startedAt = 0;

  /** @param {number} [restAngle] */
  constructor(restAngle = 0) {
    this.#restAngle = restAngle;
  }

  get turning() {
    return this.#track !== null;
  }

  /** Begin to follow a new spin from where the wheel stands. @param {number} now server ms */
  begin(now) {
    this.#restAngle = wrap(this.shown(now).angle);
    this.#track = new AngleTrack();
    this.#startedAt = now;
  }

  /** Stand at this angle at once: nothing was being followed. @param {number} angle */
  rest(angle) {
    this.#track = null;
    this.#restAngle = wrap(angle);
  }

  /**
   * @param {number} at
   * @param {number} angle
   * @param {number} velocity
   * @param {number} now
   */
  frame(at, angle, velocity, now) {
    this.#learn(now, (track) => track.frame(at, angle, velocity));
  }

  /**
   * @param {number} at
   * @param {number} angle
   * @param {number} now
   */
  settle(at, angle, now) {
    this.#learn(now, (track) => track.settle(at, angle));
  }

  /**
   * What to draw now.
   * @param {number} now server ms
   * @returns {{angle: number, velocity: number, settled: boolean}} `settled` once the wheel stands where it was told to
   */
  shown(now) {
    const track = this.#track;
    if (track === null || track.empty) return { angle: this.#restAngle, velocity: 0, settled: track === null };
    const at = now - SHOWN_BEHIND_MS;
    const turn = track.at(at);
    const left = this.#correctionAt(now);
    this.#shownAt = now;
    if (!track.settledAt(at) || left !== 0) return { ...turn, angle: turn.angle + left, settled: false };
    this.rest(turn.angle);
    return { angle: this.#restAngle, velocity: 0, settled: true };
  }

  /**
   * @param {number} now
   * @param {(track: AngleTrack) => void} change
   */
  #learn(now, change) {
    const track = this.#track;
    if (track === null) return;
    const moment = this.#shownAt - SHOWN_BEHIND_MS;
    if (track.empty) {
      change(track);
      if (track.empty) return;
      // Forward to the first news, never back.
      const behind = -wrap(track.at(now - SHOWN_BEHIND_MS).angle - this.#restAngle);
      this.#correction = { from: behind, since: now, over: START_MS };
      this.#shownAt = now;
      return;
    }
    const before = track.at(moment).angle + this.#correctionAt(this.#shownAt);
    change(track);
    const off = before - track.at(moment).angle - this.#correctionAt(this.#shownAt);
    if (Math.abs(off) < 0.01) return;
    const over = now - this.#startedAt < START_MS ? START_MS : CORRECTION_MS;
    this.#correction = { from: before - track.at(moment).angle, since: this.#shownAt, over: Math.max(over, Math.abs(off) * 4) };
  }

  /** @param {number} now @returns {number} degrees to add to the track, fading to 0 */
  #correctionAt(now) {
    const { from, since, over } = this.#correction;
    const s = Math.min(1, Math.max(0, (now - since) / over));
    return from * (1 - s * s * (3 - 2 * s));
  }
}
