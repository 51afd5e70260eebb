import { AngleTrack, wrap } from "./angle-track.js";

/** Every device shows the wheel this long after the server's clock, so that the frame after the shown moment is at hand. */
const SHOWN_BEHIND_MS = 150;
const CORRECTION_MS = 350;
const START_MS = 900;
const LONGEST_CORRECTION_MS = 1_200;
/** How far a wheel may be taken back rather than turned on to where it should be. */
const MOST_BACK_DEG = 30;

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
      const behind = forward(this.#restAngle - track.at(now - SHOWN_BEHIND_MS).angle);
      this.#correction = { from: behind, since: now, over: START_MS };
      this.#shownAt = now;
      return;
    }
    const before = track.at(moment).angle + this.#correctionAt(this.#shownAt);
    change(track);
    const correction = forward(before - track.at(moment).angle);
    if (Math.abs(wrap(correction - this.#correctionAt(this.#shownAt) + 180) - 180) < 0.01) return;
    const least = now - this.#startedAt < START_MS ? START_MS : CORRECTION_MS;
    const over = Math.min(LONGEST_CORRECTION_MS, Math.max(least, Math.abs(correction) * 4));
    this.#correction = { from: correction, since: this.#shownAt, over };
  }

  /** @param {number} now @returns {number} degrees to add to the track, fading to 0 */
  #correctionAt(now) {
    const { from, since, over } = this.#correction;
    const s = Math.min(1, Math.max(0, (now - since) / over));
    return from * (1 - s * s * (3 - 2 * s));
  }
}

/**
 * The same difference of directions, so that it fades out turning forward unless it is small.
 * @param {number} ahead degrees by which what is shown is ahead of the track
 */
function forward(ahead) {
  const degrees = wrap(ahead);
  return degrees > MOST_BACK_DEG ? degrees - 360 : degrees;
}
