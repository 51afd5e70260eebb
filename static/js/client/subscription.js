import { ChannelReader } from "./channel-reader.js";

/** @typedef {import("../protocol.js").ChannelEvent} ChannelEvent */

/**
 * What a page does with a channel. `snapshot` replaces all that it knew; `event` adds to it.
 * @typedef {object} ChannelHandlers
 * @property {(snapshot: any) => void} [snapshot] the channel's whole present state
 * @property {(name: string, data: any, event: ChannelEvent) => void} [event] one event, each kept one exactly once and in order
 * @property {(code: string, message: string) => void} [end] the server will send no more (`forbidden`, `not_found`, …)
 */

/** One channel that a page listens to, through all the connections it takes. */
export class Subscription {
  #handlers;
  #reader = new ChannelReader();
  /** @type {"behind" | "asking" | "live"} */
  #progress = "behind";
  /** What came while the answer to `subscribe` was under way. @type {ChannelEvent[]} */
  #early = [];
  /** When this channel was last asked for, by `performance.now()`. */
  askedAt = -Infinity;
  /** How often it was asked for again, each time soon after the last. */
  repeats = 0;

  /**
   * @param {string} channel
   * @param {ChannelHandlers} handlers
   */
  constructor(channel, handlers) {
    this.channel = channel;
    this.#handlers = handlers;
  }

  get upToDate() {
    return this.#progress === "live";
  }

  /** @returns {boolean} false when a `subscribe` is already under way */
  beginCatchingUp() {
    if (this.#progress === "asking") return false;
    this.#progress = "asking";
    this.#early = [];
    this.askedAt = performance.now();
    return true;
  }

  /** The fields of the `subscribe` command: from where this channel was read, when it was. */
  request() {
    const since = this.#reader.position;
    return since === null ? { channel: this.channel } : { channel: this.channel, since };
  }

  /** What was read no longer counts: the next answer brings the whole state. */
  forget() {
    this.#reader = new ChannelReader();
    this.#progress = "behind";
  }

  /**
   * @param {import("../protocol.js").Subscribed} answer
   * @returns {"gap" | "read"} `gap`: subscribe again
   */
  accept(answer) {
    const begun = this.#reader.begin(answer);
    if (begun === "hole") {
      this.forget();
      return "gap";
    }
    const { snapshot, events } = begun;
    this.#progress = "live";
    if (snapshot !== undefined) this.#call(() => this.#handlers.snapshot?.(snapshot));
    events.forEach((event) => this.#deliver(event));
    const early = this.#early.splice(0).map((event) => this.receive(event));
    return early.includes("gap") ? "gap" : "read";
  }

  /** The connection was lost, or `subscribe` was refused. */
  interrupted() {
    this.#progress = "behind";
  }

  /**
   * @param {ChannelEvent} event
   * @returns {"gap" | "read"} `gap`: subscribe again
   */
  receive(event) {
    if (this.#progress === "asking") this.#early.push(event);
    if (this.#progress !== "live") return "read";
    const verdict = this.#reader.read(event);
    if (verdict === "deliver") this.#deliver(event);
    return verdict === "gap" ? "gap" : "read";
  }

  /**
   * @param {string} code
   * @param {string} message
   */
  end(code, message) {
    this.#call(() => this.#handlers.end?.(code, message));
  }

  /** @param {ChannelEvent} event */
  #deliver(event) {
    this.#call(() => this.#handlers.event?.(event.event, event.data, event));
  }

  /** A page's handler that throws is the page's fault, told where such are told; the channel goes on. @param {() => void} handler */
  #call(handler) {
    try {
      handler();
    } catch (error) {
      reportError(error);
    }
  }
}
