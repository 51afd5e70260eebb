/** @typedef {import("./protocol.js").SpinResult} SpinResult */
/** @typedef {import("./protocol.js").SpinStarted} SpinStarted */
/** @typedef {import("./protocol.js").OpenSpin} OpenSpin */

const SEEN_KEY = "wheelhouse.seen";
const SEEN_KEPT = 100;
/** How long after its end a result is waited for before it is asked for. */
const PATIENCE_MS = 2_500;

/**
 * What the wheel on the screen is told.
 * @typedef {object} Shown
 * @property {() => void} begin a spin of the player begins to be shown
 * @property {(at: number, angle: number, velocity: number) => void} frame
 * @property {(result: SpinResult, endedAt: number, late: boolean) => void} result each result once; `late`: it was not being shown
 */

/**
 * The player's own spins on one wheel, whatever way the news of them comes: the answer to `connect`, a snapshot, a recovered
 * or a live event. Each is begun once and its result told once.
 */
export class OwnSpins {
  #wheelId;
  #shown;
  /** The spin on the screen. @type {{sessionId: string, endsAt: number} | null} */
  #turning = null;
  #store;
  #seen;

  /**
   * @param {string} wheelId
   * @param {Shown} shown
   * @param {Storage} [store] remembers over reloads which results have been shown
   */
  constructor(wheelId, shown, store = sessionStorage) {
    this.#wheelId = wheelId;
    this.#shown = shown;
    this.#seen = new Set(/** @type {string[]} */ (JSON.parse(store.getItem(SEEN_KEY) ?? "[]")));
    this.#store = store;
  }

  get turning() {
    return this.#turning !== null;
  }

  /**
   * The spin whose wheel should long have stopped, but of which no result has come.
   * @param {number} now unix ms
   * @returns {string | null} its session_id
   */
  overdue(now) {
    return this.#turning !== null && now > this.#turning.endsAt + PATIENCE_MS ? this.#turning.sessionId : null;
  }

  /** @param {string} sessionId */
  isTurning(sessionId) {
    return this.#turning?.sessionId === sessionId;
  }

  /** @param {Pick<SpinStarted, "session_id" | "wheel_id" | "started_at" | "duration_ms">} spin */
  started(spin) {
    if (spin.wheel_id !== this.#wheelId || this.isTurning(spin.session_id) || this.#seen.has(spin.session_id)) return;
    this.#turning = { sessionId: spin.session_id, endsAt: Date.parse(spin.started_at) + spin.duration_ms };
    this.#shown.begin();
  }

  /** @param {import("./protocol.js").SpinFrame} frame */
  frame(frame) {
    for (const [sessionId, angle, velocity] of frame.spins) {
      if (this.isTurning(sessionId)) this.#shown.frame(frame.at_ms, angle, velocity);
    }
  }

  /**
   * @param {SpinResult} result
   * @param {number} at unix ms, when it was told
   */
  result(result, at) {
    if (result.wheel_id !== this.#wheelId || this.#seen.has(result.session_id)) return;
    this.#remember(result.session_id);
    const shown = this.isTurning(result.session_id);
    const endedAt = shown && this.#turning ? this.#turning.endsAt : at;
    if (shown || this.#turning === null) {
      this.#turning = null;
      this.#shown.result(result, endedAt, !shown);
    }
  }

  /**
   * The answer to `connect`: what still turns, and what stopped unseen (of several, the last is shown).
   * @param {OpenSpin[]} spins
   * @param {number} now
   */
  resume(spins, now) {
    const mine = spins.filter((spin) => spin.wheel_id === this.#wheelId);
    const stopped = mine.flatMap((spin) => (spin.result ? [spin.result] : []));
    const awaited = stopped.find((result) => this.isTurning(result.session_id));
    stopped.filter((result) => result !== awaited).slice(0, -1).forEach((result) => this.#remember(result.session_id));
    const last = awaited ?? stopped[stopped.length - 1];
    if (last) this.result(last, now);
    mine.filter((spin) => spin.status === "turning").forEach((spin) => this.started(spin));
  }

  /** @param {string} sessionId */
  #remember(sessionId) {
    this.#seen.add(sessionId);
    this.#store.setItem(SEEN_KEY, JSON.stringify([...this.#seen].slice(-SEEN_KEPT)));
  }
}
