import { times } from "../amounts.js";
import { wordsOf } from "../api.js";
import { Attempt } from "../attempt.js";
import { el, fill } from "../dom.js";

/** @typedef {import("../protocol.js").JackpotView} JackpotView */
/** @typedef {import("../protocol.js").JackpotEvent} JackpotEvent */
/** @typedef {import("../protocol.js").JackpotTicket} JackpotTicket */
/** @typedef {import("../format.js").Format} Format */

/** Lines of one ticket at the most, as the server has it. */
const MOST_LINES = 10_000;

/** A form in which a player picks an outcome of each event, or several, sees what that costs, and buys the ticket. */
export class TicketForm {
  #form;
  #format;
  #bought;
  #attempt = new Attempt();
  #cost = el("p", { class: "ticket-cost", "aria-live": "polite" });
  #problem = el("p", { class: "desk-problem", role: "alert" });
  #button = /** @type {HTMLButtonElement} */ (el("button", { class: "button", type: "submit" }, "Buy the ticket"));
  /** @type {JackpotView | null} */
  #jackpot = null;
  /** @type {JackpotEvent[]} */
  #events = [];

  /**
   * @param {HTMLFormElement} form
   * @param {Format} format
   * @param {(ticket: JackpotTicket) => void} bought told of each ticket that was bought
   */
  constructor(form, format, bought) {
    this.#form = form;
    this.#format = format;
    this.#bought = bought;
    form.addEventListener("change", () => this.#showCost());
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.#buy();
    });
  }

  /**
   * Offer the picks of a jackpot while it takes tickets; picks that were made stay.
   * @param {JackpotView} jackpot
   * @param {JackpotEvent[]} events
   */
  show(jackpot, events) {
    const same = this.#jackpot?.id === jackpot.id && this.#events.length > 0;
    this.#jackpot = jackpot;
    this.#form.hidden = jackpot.jackpot_status !== "open" || jackpot.supported_mode === "retail";
    if (!same) {
      this.#events = events.filter(({ event_config }) => !event_config.reserve).sort((one, other) => (one.event_config.position ?? 0) - (other.event_config.position ?? 0));
      fill(this.#form, this.#events.map(fieldsOf), this.#cost, this.#problem, this.#button);
    }
    this.#showCost();
  }

  /** What is picked of each event, in their order. */
  #picks() {
    const data = new FormData(this.#form);
    return this.#events.map(({ id }) => data.getAll(id).map(String));
  }

  #showCost() {
    const jackpot = this.#jackpot;
    if (jackpot === null) return;
    const picks = this.#picks();
    const open = picks.filter(({ length }) => length === 0).length;
    const lines = picks.reduce((product, { length }) => product * length, 1);
    this.#button.disabled = open > 0 || lines > MOST_LINES;
    if (open > 0) this.#cost.textContent = open === 1 ? "Pick an outcome of one more event." : `Pick an outcome of ${this.#format.integer(open)} more events.`;
    else if (lines > MOST_LINES) this.#cost.textContent = `These picks make ${this.#format.integer(lines)} lines; a ticket has ${this.#format.integer(MOST_LINES)} at the most.`;
    else this.#cost.textContent = `${lines === 1 ? "One line" : `${this.#format.integer(lines)} lines`}, ${this.#format.money(times(jackpot.jackpot_stake, lines), jackpot.currency)}`;
  }

  async #buy() {
    const jackpot = this.#jackpot;
    if (jackpot === null || this.#button.disabled) return;
    this.#problem.textContent = "";
    this.#button.disabled = true;
    try {
      const picks = this.#picks().map((codes) => codes.join("|")).join(",");
      this.#bought(await this.#attempt.post(`/api/v1/jackpots/${jackpot.id}/tickets`, { ticket_picks: picks }));
      this.#form.reset();
    } catch (problem) {
      this.#problem.textContent = wordsOf(problem);
    }
    this.#showCost();
  }
}

/** @param {JackpotEvent} event */
function fieldsOf({ id, event_name, event_pick }) {
  const boxes = event_pick.split(",").map((code) => el("label", { class: "ticket-pick" }, el("input", { type: "checkbox", name: id, value: code, class: "for-readers" }), el("span", { class: "pick" }, code)));
  return el("fieldset", { class: "ticket-event" }, el("legend", {}, event_name), el("span", { class: "picks" }, boxes));
}
