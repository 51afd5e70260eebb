import { el, fill } from "../dom.js";
import { rewardIcon } from "./reward-glyph.js";
import { isWin } from "./reward-words.js";

/**
 * One finished spin as the list shows it.
 * @typedef {{sessionId: string, label: string, type: string, at: string, serverSeedHash: string}} PastSpin
 */

const SHOWN = 20;

/** The player's last spins, newest first, each with the way to its proof. */
export class ResultsList {
  #element;
  #format;
  /** @type {PastSpin[]} */
  #spins = [];

  /**
   * @param {HTMLElement} element
   * @param {import("../format.js").Format} format
   */
  constructor(element, format) {
    this.#element = element;
    this.#format = format;
  }

  /** @param {PastSpin[]} spins newest first */
  set(spins) {
    this.#spins = spins.slice(0, SHOWN);
    this.#render();
  }

  /** @param {PastSpin} spin */
  add(spin) {
    if (this.#spins.some((known) => known.sessionId === spin.sessionId)) return;
    this.set([spin, ...this.#spins]);
  }

  /** The newest spin drawn from the seed with this hash. @param {string} serverSeedHash */
  newestOf(serverSeedHash) {
    return this.#spins.find((spin) => spin.serverSeedHash === serverSeedHash);
  }

  #render() {
    if (this.#spins.length === 0) {
      fill(this.#element, el("p", { class: "empty" }, "Your spins will stand here, each with its proof. Spin to begin."));
      return;
    }
    fill(this.#element, el("ol", { class: "results" }, this.#spins.map((spin) => this.#row(spin))));
  }

  /** @param {PastSpin} spin */
  #row(spin) {
    return el(
      "li",
      { class: isWin(spin.type) ? "is-win" : "" },
      rewardIcon(spin.type),
      el("span", { class: "results-label" }, el("bdi", {}, spin.label)),
      el("time", { datetime: spin.at }, this.#format.moment(spin.at)),
      el("a", { href: `/verify?spin=${encodeURIComponent(spin.sessionId)}`, "aria-label": `Proof of ${spin.label}, ${this.#format.moment(spin.at)}` }, "Proof"),
    );
  }
}
