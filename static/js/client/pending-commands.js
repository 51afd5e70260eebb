import { CommandRefused } from "./errors.js";

/** The commands of one connection that have not been answered yet, each with its own patience. */
export class PendingCommands {
  /** @type {Map<number, {resolve: (result: any) => void, reject: (error: Error) => void, timer: number}>} */
  #waiting = new Map();
  #lastId = 0;

  /**
   * @param {number} patienceMs
   * @param {() => void} onSilence no answer came in that time
   * @returns {{id: number, answer: Promise<any>}} the id to send, and the answer to wait for
   */
  add(patienceMs, onSilence) {
    const id = (this.#lastId += 1);
    const answer = new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject, timer: setTimeout(onSilence, patienceMs) });
    });
    return { id, answer };
  }

  /** @param {import("../protocol.js").Reply | import("../protocol.js").ErrorReply} message */
  settle(message) {
    const waiter = this.#waiting.get(message.id);
    if (waiter === undefined) return;
    this.#waiting.delete(message.id);
    clearTimeout(waiter.timer);
    if (message.type === "reply") waiter.resolve(message.result);
    else waiter.reject(new CommandRefused(message.error));
  }

  /** @param {Error} reason */
  rejectAll(reason) {
    for (const { reject, timer } of this.#waiting.values()) {
      clearTimeout(timer);
      reject(reason);
    }
    this.#waiting.clear();
  }
}
