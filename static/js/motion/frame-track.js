/** Every device shows a reveal this long after the server's clock, so that the frame after the shown moment is at hand. */
export const SHOWN_BEHIND_MS = 150;

/** The two numbers of a reveal's frames, at every moment between them. */
export class FrameTrack {
  /** @type {{at: number, numbers: [number, number]}[]} */
  #frames = [];

  get empty() {
    return this.#frames.length === 0;
  }

  /**
   * @param {number} at server ms; a frame that comes late or twice changes nothing
   * @param {[number, number]} numbers
   */
  add(at, numbers) {
    if (!this.empty && at <= this.#frames[this.#frames.length - 1].at) return;
    this.#frames.push({ at, numbers });
    if (this.#frames.length > 60) this.#frames.shift();
  }

  /** @param {number} moment server ms @returns {[number, number]} */
  at(moment) {
    const next = this.#frames.findIndex((frame) => frame.at >= moment);
    if (next === -1) return this.#frames[this.#frames.length - 1].numbers;
    if (next === 0) return this.#frames[0].numbers;
    const [from, to] = [this.#frames[next - 1], this.#frames[next]];
    const part = (moment - from.at) / (to.at - from.at);
    return [mix(from.numbers[0], to.numbers[0], part), mix(from.numbers[1], to.numbers[1], part)];
  }
}

/**
 * @param {number} from
 * @param {number} to
 * @param {number} part
 */
function mix(from, to, part) {
  return from + (to - from) * part;
}
