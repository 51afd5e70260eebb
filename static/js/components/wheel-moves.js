import { Attempt } from "../attempt.js";
import { el, fill } from "../dom.js";
import { confirmed } from "./confirm.js";

/** @typedef {import("../protocol.js").Wheel} Wheel */
/** @typedef {{to: string, label: string, quiet?: boolean, reason?: boolean, words: string}} Move */

/** What an operator may do next, by status. @type {Record<string, Move[]>} */
const MOVES = {
  draft: [
    { to: "active", label: "Open", words: "It is checked, published as version 1, and takes spins at once. Players see it in the lobby." },
    { to: "scheduled", label: "Schedule", quiet: true, words: "It is checked and published as version 1. Players see it, and it opens by itself at the time that it says." },
  ],
  scheduled: [{ to: "active", label: "Open now", words: "It takes spins at once, before the time that it says." }],
  active: [
    { to: "paused", label: "Pause", quiet: true, reason: true, words: "It takes no more spins until it is resumed. Spins that turn go on to their results. Players see at once that it is paused." },
    { to: "ended", label: "End it", quiet: true, reason: true, words: "It takes no more spins, for good. Spins that turn go on to their results. This cannot be undone." },
  ],
  paused: [
    { to: "active", label: "Resume", words: "It takes spins again at once." },
    { to: "ended", label: "End it", quiet: true, reason: true, words: "It takes no more spins, for good. This cannot be undone." },
  ],
  ended: [{ to: "archived", label: "Put away", quiet: true, words: "Players see it no more. Its spins and proofs stay." }],
};

/** The buttons that move a wheel on: each says what will happen, asks once, and asks for a reason where players lose something. */
export class WheelMoves {
  #place;
  #attempt = new Attempt();
  #moved;
  #refused;
  #ready;

  /**
   * @param {HTMLElement} place
   * @param {{moved: (wheel: Wheel) => void, refused: (problem: unknown) => void, ready?: () => Promise<boolean>}} ways `ready`: whether
   *   the move may be made now, asked before anything else
   */
  constructor(place, { moved, refused, ready = async () => true }) {
    this.#place = place;
    this.#moved = moved;
    this.#refused = refused;
    this.#ready = ready;
  }

  /** @param {Wheel} wheel */
  show(wheel) {
    const moves = MOVES[wheel.wheel_status] ?? [];
    fill(this.#place, moves.map((move) => el("button", { class: move.quiet ? "button quiet" : "button", type: "button", onclick: () => void this.#carryOut(wheel, move) }, move.label)));
  }

  /** @param {Wheel} wheel @param {Move} move */
  async #carryOut({ id, wheel_name }, { to, label, words, reason }) {
    if (!(await this.#ready())) return;
    const said = await confirmed({ label, words: `${wheel_name}: ${words}`, reason });
    if (said === null) return;
    try {
      this.#moved(await this.#attempt.post(`/api/v1/wheels/${id}/status`, said ? { to, reason: said } : { to }));
    } catch (problem) {
      this.#refused(problem);
    }
  }
}
