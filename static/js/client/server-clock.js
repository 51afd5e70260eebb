const SAMPLES_KEPT = 8;
/** The most by which the clock runs fast or slow while it closes in on a better estimate. */
const SLEW = 0.05;
/** An error this large is no drift: the device slept. Only then is the clock set anew. */
const SLEPT_MS = 2_000;

/**
 * The server's clock as seen from here. It is estimated from the round trips with the shortest delay and never jumps or
 * runs backwards: a better estimate is approached by running up to 5 % fast or slow.
 */
export class ServerClock {
  /** @type {{offset: number, rtt: number}[]} */
  #samples = [];
  #offset = 0;
  #offsetAt = 0;
  #target = 0;
  #monotonic;

  /** @param {() => number} [monotonic] milliseconds that never run backwards */
  constructor(monotonic = () => performance.now()) {
    this.#monotonic = monotonic;
  }

  /** Whether a sample has come; before that the clock is the device's own. */
  get known() {
    return this.#samples.length > 0;
  }

  /** The shortest recent round trip in milliseconds, or null before the first. */
  get latencyMs() {
    return this.known ? Math.min(...this.#samples.map((sample) => sample.rtt)) : null;
  }

  /**
   * Take in one round trip.
   * @param {number} sentAt monotonic, ms
   * @param {number} receivedAt monotonic, ms
   * @param {number} serverTime unix ms, read by the server in between
   */
  sample(sentAt, receivedAt, serverTime) {
    const first = !this.known;
    const current = this.#slewed(receivedAt);
    this.#samples.push({ offset: serverTime - (sentAt + receivedAt) / 2, rtt: receivedAt - sentAt });
    if (this.#samples.length > SAMPLES_KEPT) this.#samples.shift();
    const newest = this.#samples[this.#samples.length - 1];
    if (!first && Math.abs(newest.offset - current) > SLEPT_MS + newest.rtt) this.#samples = [newest];
    const best = this.#samples.reduce((a, b) => (b.rtt < a.rtt ? b : a));
    this.#target = best.offset;
    this.#offsetAt = receivedAt;
    const stepped = first || Math.abs(this.#target - current) > SLEPT_MS;
    this.#offset = stepped ? this.#target : current;
  }

  /** The server's time now in unix milliseconds. */
  now() {
    const at = this.#monotonic();
    return this.known ? at + this.#slewed(at) : Date.now();
  }

  /** @param {number} at monotonic, ms */
  #slewed(at) {
    const most = Math.max(0, at - this.#offsetAt) * SLEW;
    const error = this.#target - this.#offset;
    return this.#offset + Math.max(-most, Math.min(most, error));
  }
}
