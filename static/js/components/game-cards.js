import { el, icon } from "../dom.js";
import { countDown } from "./countdown.js";
import { rollTo } from "./odometer.js";

/** @typedef {import("../protocol.js").TenantSnapshot} TenantSnapshot */
/** @typedef {import("../protocol.js").WheelBrief} WheelBrief */
/** @typedef {import("../protocol.js").JackpotBrief} JackpotBrief */
/** @typedef {import("../protocol.js").RaffleBrief} RaffleBrief */
/** @typedef {import("../protocol.js").TournamentBrief} TournamentBrief */
/** @typedef {{now: () => number, format: import("../format.js").Format}} Ways */

/** How a status is said to a player. @type {Record<string, string>} */
const STATUSES = {
  active: "Open", paused: "Paused", scheduled: "Opens soon", ended: "Closed", open: "Open", locked: "Picks closed", resulting: "Results coming in",
  settling: "Being settled", settled: "Settled", on_sale: "On sale", closed: "Sale closed", drawing: "Being drawn", drawn: "Drawn",
  registration: "Taking names", running: "Running", finalizing: "Being settled", cancelled: "Cancelled", draft: "Opens soon", committed: "Opens soon",
};

/** A card and the way to move its live figure. @typedef {{element: HTMLElement, move: (data: any) => void}} LiveCard */

/**
 * @param {WheelBrief} wheel
 * @returns {{element: HTMLElement, canvas: HTMLCanvasElement, description: HTMLElement}} the picture and the description are filled in when they have come
 */
export function wheelCard(wheel) {
  const status = wheel.wheel_status === "active" && wheel.engine_status !== "active" ? "Closed just now" : (STATUSES[wheel.wheel_status] ?? wheel.wheel_status);
  const canvas = el("canvas", { class: "wheel-thumb", "aria-hidden": "true" });
  const description = el("p", { class: "wheel-words" });
  const element = el(
    "li",
    { class: "card wheel-card" },
    canvas,
    el("div", { class: "wheel-facts" }, el("h3", {}, el("a", { class: "card-link", href: `/play/wheel/${encodeURIComponent(wheel.wheel_slug)}` }, wheel.wheel_name)), el("p", { class: "note" }, status), description),
    icon("onward"),
  );
  return { element, canvas, description };
}

/** @param {JackpotBrief} jackpot @param {Ways} ways @returns {LiveCard} */
export function jackpotCard(jackpot, ways) {
  const pool = el("p", { class: "card-figure" });
  const show = (/** @type {string} */ amount) => rollTo(pool, ways.format.money(amount, jackpot.currency));
  show(jackpot.pool_amount);
  const element = card("chest", "Jackpot", jackpot.jackpot_title, jackpot.jackpot_status, jackpot.end_time, ways, "Picks close in", pool, `/play/jackpot/${jackpot.id}`);
  return { element, move: (data) => data.pool_amount !== undefined && show(data.pool_amount) };
}

/** @param {RaffleBrief} raffle @param {Ways} ways @returns {LiveCard} */
export function raffleCard(raffle, ways) {
  const figure = places(ways.format, raffle.total_tickets, "tickets sold");
  figure.show(raffle.sold_tickets);
  const element = card("ticket", "Raffle", raffle.campaign_name, raffle.campaign_status, raffle.end_time, ways, "Sale ends in", figure.element, `/play/raffle/${raffle.id}`);
  return { element, move: (data) => data.sold_tickets !== undefined && figure.show(data.sold_tickets) };
}

/** @param {TournamentBrief} tournament @param {Ways} ways @returns {LiveCard} */
export function tournamentCard(tournament, ways) {
  const figure = places(ways.format, tournament.max_participants, "players");
  figure.show(tournament.current_participants);
  const element = card("cup", "Tournament", tournament.tournament_name, tournament.tournament_status, tournament.end_time, ways, "Ends in", figure.element, `/play/tournament/${tournament.id}`);
  return { element, move: (data) => data.participants !== undefined && figure.show(data.participants) };
}

/**
 * @param {import("../format.js").Format} format
 * @param {number | null} most
 * @param {string} word
 */
function places(format, most, word) {
  const count = el("p", { class: "card-figure" });
  const bar = el("span", { class: "bar-fill" });
  const words = el("p", { class: "note" });
  const element = el("div", { class: "places" }, count, most !== null && el("span", { class: "bar", "aria-hidden": "true" }, bar), words);
  const show = (/** @type {number} */ taken) => {
    rollTo(count, format.integer(taken));
    words.textContent = most === null ? word : `of ${format.integer(most)} ${word}`;
    bar.style.inlineSize = `${most === null ? 0 : Math.min(100, (taken / most) * 100)}%`;
  };
  return { element, show };
}

/**
 * @param {string} iconName
 * @param {string} kind
 * @param {string} title
 * @param {string} status
 * @param {string | null} endTime
 * @param {Ways} ways
 * @param {string} untilWords
 * @param {HTMLElement} figure
 * @param {string} [page] the game's own page
 */
function card(iconName, kind, title, status, endTime, ways, untilWords, figure, page) {
  const time = el("b", { role: "timer", "aria-live": "off" });
  if (endTime !== null) countDown(time, Date.parse(endTime), ways);
  return el(
    "li",
    { class: "card" },
    el("p", { class: "card-kind" }, icon(iconName), kind, el("span", {}, STATUSES[status] ?? status)),
    el("h3", {}, page === undefined ? title : el("a", { class: "card-link", href: page }, title)),
    figure,
    endTime !== null && el("p", { class: "card-end" }, `${untilWords} `, time),
  );
}
