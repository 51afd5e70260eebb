import { times } from "../amounts.js";
import { wordsOf } from "../api.js";
import { Attempt } from "../attempt.js";
import { el, fill } from "../dom.js";

/** @typedef {import("../protocol.js").RaffleView} RaffleView */
/** @typedef {import("../protocol.js").RaffleTicket} RaffleTicket */
/** @typedef {import("../format.js").Format} Format */

/** Tickets bought at once at the most, as the server has it by default. */
const MOST = 100;

/** A form in which a player says how many tickets, sees what they cost, and buys them. */
export class RaffleForm {
  #form;
  #format;
  #bought;
  #attempt = new Attempt();
  #count = /** @type {HTMLInputElement} */ (el("input", { type: "number", inputmode: "numeric", min: "1", max: String(MOST), step: "1", value: "1", required: "" }));
  #cost = el("p", { class: "ticket-cost", "aria-live": "polite" });
  #problem = el("p", { class: "desk-problem", role: "alert" });
  #button = /** @type {HTMLButtonElement} */ (el("button", { class: "button", type: "submit" }, "Buy"));
  #busy = false;
  /** @type {RaffleView | null} */
  #raffle = null;

  /**
   * @param {HTMLFormElement} form
   * @param {Format} format
   * @param {(tickets: RaffleTicket[]) => void} bought told of tickets that were bought
   */
  constructor(form, format, bought) {
    this.#form = form;
    this.#format = format;
    this.#bought = bought;
    fill(form, el("label", { class: "raffle-count" }, "How many tickets", this.#count), this.#cost, this.#problem, this.#button);
    form.addEventListener("input", () => this.#showCost());
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.#buy();
    });
  }

  /** Offer the tickets of a raffle while it sells them. @param {RaffleView} raffle */
  show(raffle) {
    this.#raffle = raffle;
    const left = raffle.total_tickets === null ? MOST : raffle.total_tickets - raffle.sold_tickets;
    this.#form.hidden = raffle.campaign_status !== "on_sale" || left <= 0;
    this.#count.max = String(Math.min(MOST, Math.max(1, left)));
    this.#showCost();
  }

  #showCost() {
    const raffle = this.#raffle;
    if (raffle === null) return;
    const count = this.#count.valueAsNumber;
    const fits = Number.isInteger(count) && count >= 1 && count <= Number(this.#count.max);
    this.#button.disabled = this.#busy || !fits;
    this.#button.textContent = fits && count > 1 ? `Buy ${this.#format.integer(count)} tickets` : "Buy a ticket";
    if (!fits) this.#cost.textContent = `Say a number from 1 to ${this.#format.integer(Number(this.#count.max))}.`;
    else if (raffle.ticket_price === 0) this.#cost.textContent = "Free of charge";
    else this.#cost.textContent = `${count === 1 ? "One ticket" : `${this.#format.integer(count)} tickets`}, ${this.#format.money(times(raffle.ticket_amount, count), raffle.currency)}`;
  }

  async #buy() {
    const raffle = this.#raffle;
    if (raffle === null || this.#button.disabled) return;
    this.#problem.textContent = "";
    this.#busy = true;
    this.#showCost();
    try {
      const purchase = await this.#attempt.post(`/api/v1/raffles/${raffle.id}/tickets`, { quantity: this.#count.valueAsNumber });
      this.#bought(purchase.tickets);
      this.#count.value = "1";
    } catch (problem) {
      this.#problem.textContent = wordsOf(problem);
    }
    this.#busy = false;
    this.#showCost();
  }
}
