import { el, fill } from "../dom.js";
import { rewardIcon } from "./reward-glyph.js";
import { rewardSentence } from "./reward-words.js";

/** @typedef {import("../protocol.js").RewardChanged} RewardChanged */

const SHOWN = 20;
/** What the player is told of a reward on its way. @type {Record<string, string>} */
const STANDINGS = {
  pending: "On its way",
  sending: "On its way",
  failed: "Delayed; it is tried again by itself",
  manual: "With our staff, who deliver it by hand",
  confirmed: "Yours",
  stopped: "Not yours; the spin was voided",
};

/** The player's rewards, newest first, each with how far it has come. */
export class Purse {
  #element;
  #format;
  /** @type {Map<string, RewardChanged>} */
  #rewards = new Map();

  /**
   * @param {HTMLElement} element
   * @param {import("../format.js").Format} format
   */
  constructor(element, format) {
    this.#element = element;
    this.#format = format;
  }

  /** @param {RewardChanged[]} rewards newest first */
  set(rewards) {
    this.#rewards = new Map(rewards.map((reward) => [reward.id, reward]));
    this.#render();
  }

  /** A reward has been won, or has come further. @param {RewardChanged} reward */
  change(reward) {
    const known = this.#rewards.has(reward.id);
    this.#rewards = known ? this.#rewards.set(reward.id, reward) : new Map([[reward.id, reward], ...this.#rewards]);
    this.#render();
  }

  #render() {
    const rewards = [...this.#rewards.values()].slice(0, SHOWN);
    if (rewards.length === 0) {
      fill(this.#element, el("p", { class: "empty" }, "What you win will stand here until it is yours."));
      return;
    }
    fill(this.#element, el("ul", { class: "purse" }, rewards.map((reward) => this.#row(reward))));
  }

  /** @param {RewardChanged} reward */
  #row({ reward_type, reward_detail, delivery_status, created_at }) {
    return el(
      "li",
      { "data-status": delivery_status },
      rewardIcon(reward_type),
      el("span", { class: "purse-words" }, rewardSentence(reward_type, reward_detail, this.#format)),
      el("span", { class: "purse-standing" }, STANDINGS[delivery_status] ?? delivery_status),
      el("time", { datetime: created_at }, this.#format.moment(created_at)),
    );
  }
}
