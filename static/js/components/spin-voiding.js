import { Attempt } from "../attempt.js";
import { el, fill } from "../dom.js";
import { confirmed } from "./confirm.js";

/** @typedef {import("../protocol.js").PlayWhole} PlayWhole */

/** The buttons by which operators void a spin: one asks, and where much is at stake another has to consent. */
export class SpinVoiding {
  #place;
  #attempt = new Attempt();
  #done;
  #refused;

  /**
   * @param {HTMLElement} place
   * @param {{done: () => Promise<void>, refused: (problem: unknown) => void}} ways
   */
  constructor(place, { done, refused }) {
    this.#place = place;
    this.#done = done;
    this.#refused = refused;
  }

  /** @param {PlayWhole} play */
  show({ session_id, spin_status, user_id, story }) {
    const waiting = story.voids?.find(({ void_status }) => void_status === "requested");
    const path = `/api/v1/spins/${session_id}/void`;
    const voids = `${user_id} gets the chance back, and what was won is not paid. Number and outcome stay in the record.`;
    const ways = waiting
      ? [
          this.#button("Consent to the void", `${waiting.requested_by} asks for it: “${waiting.void_reason}”. ${voids} This cannot be undone.`, `${path}/consent`),
          this.#button("Withdraw the void", "The spin stands as it was played.", `${path}/withdraw`, { quiet: true }),
        ]
      : spin_status === "completed" && [this.#button("Void", `${voids} Above the house's limit another operator has to consent first. Players are not told the reason.`, path, { quiet: true, reason: true })];
    fill(this.#place, ways);
  }

  /** @param {string} label @param {string} words @param {string} path @param {{quiet?: boolean, reason?: boolean}} [look] */
  #button(label, words, path, { quiet = false, reason = false } = {}) {
    const act = async () => {
      const said = await confirmed({ label, words, reason });
      if (said === null) return;
      await this.#attempt.post(path, reason ? { reason: said } : {}).catch(this.#refused);
      await this.#done();
    };
    return el("button", { class: quiet ? "button quiet" : "button", type: "button", onclick: () => void act() }, label);
  }
}
