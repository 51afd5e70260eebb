import { el, fill } from "../dom.js";
import { countDown } from "./countdown.js";

/** @typedef {import("../protocol.js").TournamentView} TournamentView */
/** @typedef {import("../protocol.js").TournamentPrize} TournamentPrize */
/** @typedef {{now: () => number, format: import("../format.js").Format}} Ways */

/** How a status is said. @type {Record<string, string>} */
export const TOURNAMENT_STATUSES = {
  draft: "Draft", registration: "Taking names", running: "Running", finalizing: "Last points coming in", settled: "Settled", cancelled: "Cancelled",
};

/**
 * Say how a tournament stands: its status, and the time to its next moment.
 * @param {HTMLElement} place
 * @param {TournamentView} tournament
 * @param {Ways} ways
 */
export function showStanding(place, { tournament_status, start_time, end_time }, ways) {
  const timer = el("b", { role: "timer", "aria-live": "off" });
  const next = { registration: ["Starts in", start_time], running: ["Ends in", end_time] }[tournament_status];
  fill(place, el("span", { class: "status", "data-status": tournament_status }, TOURNAMENT_STATUSES[tournament_status] ?? tournament_status), next && el("span", {}, `${next[0]} `, timer));
  if (next) countDown(timer, Date.parse(next[1]), { ...ways, over: "a moment" });
  else place.append(el("span", {}, ways.format.moment(end_time)));
}

/**
 * @param {HTMLElement} place
 * @param {TournamentPrize[]} prizes
 * @param {import("../format.js").Format} format
 */
export function showPrizes(place, prizes, format) {
  if (prizes.length === 0) {
    fill(place, el("li", { class: "empty" }, "No prizes have been named yet."));
    return;
  }
  fill(
    place,
    prizes.map(({ prize_name, prize_rank, prize_amount, prize_type, prize_config }) => {
      const last = prize_config.rank_to ?? prize_rank;
      const ranks = last > prize_rank ? `${format.integer(prize_rank)}–${format.integer(last)}` : format.integer(prize_rank);
      const worth = Number(prize_amount) > 0 && (prize_type === "cash" ? format.money(prize_amount, undefined, { whole: true }) : format.points(prize_amount));
      return el("li", {}, el("span", { class: "board-rank" }, ranks), el("span", { class: "board-name" }, prize_name), el("span", { class: "board-points" }, worth));
    }),
  );
}
