import { el, fill } from "../dom.js";
import { showCostPlot } from "./cost-plot.js";
import { deskTable } from "./desk-table.js";

/** @typedef {import("../protocol.js").Simulation} Simulation */
/** @typedef {import("../format.js").Format} Format */

/**
 * What a simulation has found: figures, a picture, and every reward.
 * @param {HTMLElement} place
 * @param {Simulation} found
 * @param {Format} format
 */
export async function showSimulation(place, found, format) {
  const picture = el("div", {});
  fill(place, el("p", { class: "note" }, howFound(found, format)), el("dl", { class: "figures simulation-figures" }, figures(found, format)), picture, rewards(found, format));
  place.hidden = false;
  await showCostPlot(picture, found, format);
}

/** @param {Simulation} found @param {Format} format */
function howFound({ method, runs, spins, players, spins_per_day, seed }, format) {
  const how = method === "exact" ? "Exact" : `Sampled: played over ${format.integer(runs ?? 0)} times`;
  return `${how}. ${format.integer(spins)} spins by ${format.integer(players)} players, ${format.integer(spins_per_day)} a day; seed ${seed}.`;
}

/** @param {Simulation} found @param {Format} format */
function figures({ currency, spins, one_spin, mean, standard_error, quantiles, price }, format) {
  const money = (/** @type {string} */ amount) => format.money(amount, currency);
  const { return_to_player, volatility_index } = one_spin;
  /** @type {[string, string, string][]} */
  const cards = [
    ["cost", "A spin costs", `${money(one_spin.mean)} ± ${money(one_spin.standard_deviation)}`],
    ["hits", "Hit rate", format.percent(one_spin.hit_rate)],
    ["return", "Return to player", return_to_player === null ? "no price said" : `${format.percent(return_to_player)} of ${money(price ?? "0")}`],
    ["volatility", "Volatility index", volatility_index === null ? "no price said" : format.decimal(volatility_index, 2)],
    ["total", `${format.integer(spins)} spins cost`, `${money(mean)}${standard_error === null ? "" : ` ± ${money(standard_error)}`}`],
    ...Object.entries(quantiles).map(([share, cost]) => /** @type {[string, string, string]} */ ([share, `Not exceeded in ${share}`, money(cost)])),
  ];
  return cards.map(([name, words, value]) => el("div", { class: "figure-card", "data-figure": name }, el("dt", {}, words), el("dd", {}, value)));
}

/** @param {Simulation} found @param {Format} format */
function rewards({ rewards: all, currency }, format) {
  const heads = ["Segment", "Odds", "Hits", "Paid", "Cost", "Stock used up"];
  const rows = all.map(({ reward_label, reward_slug, probability, hits, paid, cost, exhausted }) =>
    el(
      "tr",
      { "data-reward": reward_slug },
      el("th", { scope: "row" }, el("bdi", {}, reward_label)),
      [format.percent(probability), format.decimal(hits, 1), format.decimal(paid, 1), format.money(cost, currency), exhausted === null ? "no limit in all" : format.percent(exhausted)].map((text) => el("td", { class: "figure" }, text)),
    ),
  );
  return deskTable("Every segment", heads, rows, { figures: [1, 2, 3, 4, 5] });
}
