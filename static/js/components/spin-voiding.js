import { Attempt } from "../attempt.js";
import { el, fill } from "../dom.js";
import { confirmed } from "./confirm.js";
import { consentMoves, voidWords } from "./void-consent.js";

/** @typedef {import("../protocol.js").PlayWhole} PlayWhole */
/** @typedef {import("../protocol.js").SpinVoid} SpinVoid */
/** @typedef {import("./void-consent.js").VoidMove} VoidMove */

/** The buttons by which operators void a spin: one asks, and where much is at stake another has to consent. */
export class SpinVoiding {
  #attempt = new Attempt();
  #done;
  #refused;

  /** @param {{done: () => Promise<void>, refused: (problem: unknown) => void}} ways */
  constructor({ done, refused }) {
    this.#done = done;
    this.#refused = refused;
  }

  /** What may be done about a play. @param {HTMLElement} place @param {PlayWhole} play */
  show(place, { session_id, spin_status, user_id, story }) {
    const waiting = story.voids?.find(({ void_status }) => void_status === "requested");
    const words = `${voidWords(user_id)} Above the house's limit another operator has to consent first. Players are not told the reason.`;
    fill(place, waiting ? this.movesOf(waiting, "button") : spin_status === "completed" && this.#button({ label: "Void", words, path: `/api/v1/spins/${session_id}/void`, quiet: true, reason: true }, "button"));
  }

  /** What may be done about a void that waits. @param {SpinVoid} waiting @param {string} look classes of the buttons */
  movesOf(waiting, look) {
    return consentMoves(waiting, (move) => this.#button(move, look));
  }

  /** @param {VoidMove} move @param {string} look */
  #button({ label, words, quote, path, quiet = false, reason = false }, look) {
    const act = async () => {
      const said = await confirmed({ label, words, quote, reason });
      if (said === null) return;
      await this.#attempt.post(path, reason ? { reason: said } : {}).catch(this.#refused);
      await this.#done();
    };
    return el("button", { class: quiet ? `${look} quiet` : look, type: "button", onclick: () => void act() }, label);
  }
}
