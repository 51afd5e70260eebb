import { el, fill } from "../dom.js";
import { isWin } from "./reward-words.js";

/** @typedef {import("../protocol.js").SpinResult} SpinResult */
/** @typedef {import("../protocol.js").TurningSpin} TurningSpin */
/** @typedef {import("../protocol.js").Winner} Winner */
/** @typedef {import("./wheel-segments.js").Segment} Segment */

const SHOWN = 6;
const WINNERS_SHOWN = 6;
/** How long a stopped wheel stays, to be read. */
const LINGERS_MS = 6_000;
/** Words wait for the wheels on the screen, which are shown a moment behind the news. */
const TOLD_AFTER_MS = 500;

/** The other players' spins, small at the side: their wheels turning now, and the last wins. */
export class SideSpins {
  #list;
  #winners;
  #now;
  #format;
  #small;
  /** @type {Segment[]} */
  #segments = [];
  /** @type {Map<string, {wheel: import("../engine-drawing.js").Small, row: HTMLElement, words: HTMLElement, endsAt: number}>} */
  #shown = new Map();

  /**
   * @param {HTMLElement} list of wheels turning now
   * @param {HTMLElement} winners list of the last wins
   * @param {{now: () => number, format: import("../format.js").Format, small: import("../engine-drawing.js").EngineDrawing["small"]}} options
   */
  constructor(list, winners, { now, format, small }) {
    this.#list = list;
    this.#winners = winners;
    this.#now = now;
    this.#format = format;
    this.#small = small;
  }

  /**
   * Begin from a snapshot.
   * @param {Segment[]} segments
   * @param {TurningSpin[]} spins
   * @param {Winner[]} winners newest first
   */
  reset(segments, spins, winners) {
    this.#segments = segments;
    this.#shown.clear();
    this.#list.replaceChildren();
    this.#winners.replaceChildren();
    winners.slice(0, WINNERS_SHOWN).reverse().forEach((winner) => this.#addWinner(winner.user, winner.reward_label, winner.at));
    for (const spin of spins) {
      this.started(spin);
      this.frame(spin.at_ms, spin.session_id, spin.angle_deg, spin.velocity_deg_s);
    }
  }

  /** @param {{session_id: string, user: string, started_at: string, duration_ms: number}} spin */
  started(spin) {
    if (this.#shown.has(spin.session_id) || this.#shown.size >= SHOWN) return;
    const canvas = el("canvas", { "aria-hidden": "true" });
    const words = el("span", { class: "side-words" }, "turning");
    const row = el("li", {}, canvas, el("span", { class: "side-user" }, spin.user), words);
    this.#list.append(row);
    const wheel = this.#small(canvas, this.#segments, this.#now);
    this.#shown.set(spin.session_id, { wheel, row, words, endsAt: Date.parse(spin.started_at) + spin.duration_ms });
  }

  /**
   * @param {number} at
   * @param {string} sessionId
   * @param {number} angle
   * @param {number} velocity
   */
  frame(at, sessionId, angle, velocity) {
    this.#shown.get(sessionId)?.wheel.frame(at, angle, velocity);
  }

  /**
   * @param {SpinResult} result
   * @param {string} at when it was sent
   */
  stopped(result, at) {
    const won = isWin(result.reward.type);
    const shown = this.#shown.get(result.session_id);
    shown?.wheel.settle(shown.endsAt, result.angle_deg, result);
    setTimeout(() => {
      if (won) this.#addWinner(result.user, result.reward.label, at);
      if (shown === undefined) return;
      fill(shown.words, el("bdi", {}, result.reward.label));
      shown.row.classList.toggle("is-win", won);
    }, TOLD_AFTER_MS);
    setTimeout(() => this.#remove(result.session_id), LINGERS_MS);
  }

  /** The player's own spin is shown large, not here. @param {string} sessionId */
  leaveOut(sessionId) {
    this.#remove(sessionId);
  }

  /** @param {string} sessionId */
  #remove(sessionId) {
    this.#shown.get(sessionId)?.row.remove();
    this.#shown.delete(sessionId);
  }

  /**
   * @param {string} user
   * @param {string} label
   * @param {string} at
   */
  #addWinner(user, label, at) {
    this.#winners.prepend(el("li", {}, el("span", { class: "side-user" }, user), el("b", {}, el("bdi", {}, label)), el("time", { datetime: at }, this.#format.moment(at))));
    while (this.#winners.children.length > WINNERS_SHOWN) this.#winners.lastElementChild?.remove();
  }
}
