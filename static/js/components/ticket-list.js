import { el, fill } from "../dom.js";

/** @typedef {import("../protocol.js").JackpotTicket} JackpotTicket */
/** @typedef {import("../format.js").Format} Format */

/** How a ticket's status is said. @type {Record<string, string>} */
const STATUSES = { accepted: "in", won: "won", lost: "did not win", paid: "paid", void: "void, the stake comes back", refunded: "given back" };

/** A player's tickets of one jackpot, newest first. */
export class TicketList {
  #place;
  #format;
  /** @type {Map<string, JackpotTicket>} */
  #tickets = new Map();

  /** @param {HTMLElement} place an `ol` @param {Format} format */
  constructor(place, format) {
    this.#place = place;
    this.#format = format;
  }

  /** Show tickets, or what has become of them. @param {JackpotTicket[]} tickets */
  take(tickets) {
    for (const ticket of tickets) this.#tickets.set(ticket.id, ticket);
    const newest = [...this.#tickets.values()].sort((one, other) => other.ticket_created_at.localeCompare(one.ticket_created_at));
    fill(this.#place, newest.length === 0 ? el("li", { class: "empty" }, "Your tickets will stand here.") : newest.map((ticket) => this.#row(ticket)));
  }

  /** @param {JackpotTicket} ticket */
  #row({ id, ticket_picks, ticket_status, ticket_stake, currency, lines, ticket_created_at, ticket_type }) {
    const cost = ticket_type === "free" ? "free" : this.#format.money(ticket_stake, currency);
    return el(
      "li",
      { "data-ticket": id, "data-status": ticket_status },
      el("span", { class: "ticket-picks" }, ticket_picks.split(",").map((codes) => el("span", { class: "pick" }, codes.replaceAll("|", " ")))),
      el("span", { class: "status", "data-status": ticket_status }, STATUSES[ticket_status] ?? ticket_status),
      el("small", {}, `${lines === 1 ? "one line" : `${this.#format.integer(lines)} lines`}, ${cost}, ${this.#format.moment(ticket_created_at)}`),
    );
  }
}
