/** Gets a token; may answer from a store while it is good, and must get a new one when `fresh` is true. @typedef {(fresh: boolean) => Promise<string>} TokenSource */

/** Refresh this long before the end, or at four fifths of a shorter life. */
const MARGIN_MS = 60_000;
/** The longest wait that `setTimeout` can hold. */
const LONGEST_MS = 2 ** 31 - 1;

/** Holds the token of a client and knows when to ask for the next. */
export class TokenKeeper {
  #source;
  /** Unix ms by the server's clock, once `connect` has told. @type {number | null} */
  expiresAt = null;
  #fresh = false;

  /** @param {string | TokenSource} source */
  constructor(source) {
    this.#source = source;
  }

  /** Whether there is somebody to ask for another token. */
  get renewable() {
    return typeof this.#source === "function";
  }

  /** @returns {Promise<string>} */
  async get() {
    if (typeof this.#source === "string") return this.#source;
    const token = await this.#source(this.#fresh);
    this.#fresh = false;
    return token;
  }

  /** @returns {Promise<string>} */
  fresh() {
    this.#fresh = true;
    return this.get();
  }

  /** The present token was refused: the next `get` asks for a new one. */
  forget() {
    this.#fresh = true;
  }

  /**
   * How long to wait before asking for a newer token, in ms; null when there is nobody to ask.
   * @param {number} serverNow unix ms
   */
  refreshInMs(serverNow) {
    if (!this.renewable || this.expiresAt === null) return null;
    const left = this.expiresAt - serverNow;
    return Math.min(LONGEST_MS, Math.max(1_000, left - Math.min(MARGIN_MS, left / 5)));
  }
}
