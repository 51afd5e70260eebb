/** How long to wait before the next attempt: exponential with full jitter, so that a fleet of pages does not return at once. */
export class Backoff {
  #attempt = 0;
  #baseMs;
  #capMs;
  #random;

  /**
   * @param {{baseMs?: number, capMs?: number, random?: () => number}} [options] `random` gives [0, 1)
   */
  constructor({ baseMs = 500, capMs = 20_000, random = Math.random } = {}) {
    this.#baseMs = baseMs;
    this.#capMs = capMs;
    this.#random = random;
  }

  /**
   * The next wait in milliseconds.
   * @param {number} [advisedMs] what the server asked for (`closing.reconnect_in_ms`); obeyed as it is
   */
  next(advisedMs) {
    const ceiling = Math.min(this.#capMs, this.#baseMs * 2 ** this.#attempt);
    this.#attempt += 1;
    return advisedMs ?? this.#random() * ceiling;
  }

  /** Begin again from the shortest wait: the connection has proved good. */
  reset() {
    this.#attempt = 0;
  }
}
