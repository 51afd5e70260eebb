import { el } from "../dom.js";
import { deskTable } from "./desk-table.js";
import { rewardSentence } from "./reward-words.js";

/** @typedef {import("../format.js").Format} Format */

/** How a whole set that is written as JSON reads as a table, by the name of the set. @type {Record<string, (set: any[], format: Format, size: number) => HTMLElement>} */
export const SET_TABLES = {
  rewards: (rewards, format, size) => {
    const weights = rewards.reduce((sum, { weight }) => sum + Number(weight ?? 0), 0);
    const shares = rewards.map(({ weight, probability, range_start, range_end }) => (weight !== undefined ? Number(weight) / weights : range_start !== undefined ? (range_end - range_start + 1) / size : Number(probability)));
    const rows = rewards.map(({ reward_label, reward_type, reward_detail = {} }, at) => [reward_label, rewardSentence(reward_type, reward_detail, format), Number.isFinite(shares[at]) ? format.percent(shares[at]) : "–"]);
    return deskTable("Rewards", ["Reward", "Pays", "Share"], rows.map(rowOf(2)), { figures: [2] });
  },
  events: (events) => deskTable("Events", ["Event", "Outcomes"], events.map(({ event_name, event_pick }) => [event_name, String(event_pick).replaceAll(",", ", ")]).map(rowOf())),
  prizes: (prizes, format) => {
    const rows = prizes.map(({ prize_name, prize_rank, prize_amount, prize_config = {} }) => {
      const { correct, share_bps, fixed, rank_to } = prize_config;
      const what = prize_rank === undefined ? `${correct} right` : rank_to ? `ranks ${prize_rank} to ${rank_to}` : `rank ${prize_rank}`;
      return [prize_name, what, share_bps !== undefined ? `${format.percent(share_bps / 10_000)} of the pool` : format.money(String(fixed ?? prize_amount ?? "0"))];
    });
    return deskTable("Prizes", ["Prize", "For", "Pays"], rows.map(rowOf(2)), { figures: [2] });
  },
};

/** @param {number} [figure] the column of a number */
function rowOf(figure) {
  return (/** @type {string[]} */ [first, ...rest]) => el("tr", {}, el("th", { scope: "row" }, first ?? ""), rest.map((text, at) => el("td", { class: at + 1 === figure ? "figure" : null }, text ?? "")));
}
