import { el, fill } from "../dom.js";
import { countDown } from "./countdown.js";

/** @typedef {import("../protocol.js").RaffleView} RaffleView */
/** @typedef {import("../protocol.js").RaffleDraw} RaffleDraw */
/** @typedef {import("../protocol.js").RaffleTicket} RaffleTicket */
/** @typedef {import("../format.js").Format} Format */

/** How a raffle's status is said. @type {Record<string, string>} */
export const RAFFLE_STATUSES = {
  draft: "Draft", committed: "Opens soon", on_sale: "On sale", paused: "Sale paused", closed: "Sale closed",
  drawing: "Being drawn", drawn: "Drawn", settled: "Settled", cancelled: "Cancelled",
};

/** How a ticket's status is said where it is worth saying. @type {Record<string, string>} */
const TICKET_STATUSES = { winning: "won", losing: "did not win", void: "void, the stake comes back", refunded: "given back" };

/**
 * Say how a raffle stands: its status, and the time to its next moment.
 * @param {HTMLElement} place
 * @param {RaffleView} raffle
 * @param {{now: () => number, format: Format}} ways
 * @param {string} [reason] why it was moved there
 */
export function showRaffleStanding(place, { campaign_status, start_time, end_time }, ways, reason) {
  const timer = el("b", { role: "timer", "aria-live": "off" });
  fill(place, el("span", { class: "status", "data-status": campaign_status }, RAFFLE_STATUSES[campaign_status] ?? campaign_status));
  if (campaign_status === "committed") {
    place.append(el("span", {}, "The sale begins in ", timer));
    countDown(timer, Date.parse(start_time), { ...ways, over: "a moment" });
  } else if (campaign_status === "on_sale" || campaign_status === "paused") {
    place.append(el("span", {}, "The sale ends in ", timer));
    countDown(timer, Date.parse(end_time), { ...ways, over: "a moment" });
  } else place.append(el("span", {}, `The sale ${campaign_status === "draft" ? "would end" : "ended"} ${ways.format.moment(end_time)}`));
  if (reason) place.append(el("span", {}, reason));
}

/**
 * @param {HTMLElement} place an `ol`
 * @param {RaffleDraw[]} draws
 * @param {Format} format
 */
export function showDraws(place, draws, format) {
  fill(
    place,
    draws.map(({ draw_name, draw_time, winning_tickets, draw_results }) =>
      el(
        "li",
        {},
        el("b", {}, draw_name),
        el("span", {}, `${winning_tickets === 1 ? "One ticket is drawn" : `${format.integer(winning_tickets)} tickets are drawn`} ${format.moment(draw_time)}`),
        draw_results.server_seed_hash && el("small", {}, "Fingerprint ", el("code", {}, draw_results.server_seed_hash)),
      ),
    ),
  );
}

/** A player's tickets of one raffle, by number. */
export class RaffleTickets {
  #place;
  /** @type {Map<string, RaffleTicket>} */
  #tickets = new Map();

  /** @param {HTMLElement} place an `ol` */
  constructor(place) {
    this.#place = place;
  }

  /** Show tickets, or what has become of them. @param {RaffleTicket[]} tickets */
  take(tickets) {
    for (const ticket of tickets) this.#tickets.set(ticket.id, ticket);
    const ordered = [...this.#tickets.values()].sort((one, other) => one.ticket_number.localeCompare(other.ticket_number));
    fill(
      this.#place,
      ordered.length === 0
        ? el("li", { class: "empty" }, "Your numbers will stand here.")
        : ordered.map(({ id, ticket_number, ticket_status }) =>
            el("li", { "data-ticket": id, "data-status": ticket_status }, el("b", {}, ticket_number), TICKET_STATUSES[ticket_status] && el("small", {}, TICKET_STATUSES[ticket_status])),
          ),
    );
  }
}
