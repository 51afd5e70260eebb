/** @typedef {import("../protocol.js").RewardDetail} RewardDetail */
/** @typedef {import("../format.js").Format} Format */

/**
 * What a reward is, in a sentence.
 * @param {string} type a `reward_type`
 * @param {RewardDetail} detail
 * @param {Format} format
 * @returns {string}
 */
export function rewardSentence(type, detail, format) {
  const money = (/** @type {string | undefined} */ amount) => format.money(amount ?? "0", detail.currency, { whole: true });
  const until = detail.expires_in_h ? `, to use within ${format.span(detail.expires_in_h * 3_600_000)}` : "";
  switch (type) {
    case "cash":
      return `${money(detail.amount)}, paid to your account.`;
    case "free_bet":
      return `A free bet of ${money(detail.amount)}${until}${detail.min_odds ? `, at odds of ${detail.min_odds} or more` : ""}.`;
    case "balance_boost":
      return `${Number(detail.percent)}% more on your balance${detail.cap ? `, up to ${money(detail.cap)}` : ""}.`;
    case "spin_chance":
      return detail.count === 1 ? `One more spin${until}.` : `${format.integer(detail.count ?? 1)} more spins${until}.`;
    case "in_kind":
      return `${detail.item ?? "A prize"}, sent to you.`;
    default:
      return "Nothing this time.";
  }
}

/** Whether a reward is something won. @param {string} type */
export function isWin(type) {
  return type !== "none";
}

/**
 * Whether a result is worth a celebration: something was won, and not less than the spin cost.
 * @param {string} type
 * @param {RewardDetail} detail
 * @param {string | null} price of one spin
 */
export function isWorthCelebrating(type, detail, price) {
  if (!isWin(type)) return false;
  return price === null || !["cash", "free_bet"].includes(type) || Number(detail.amount) >= Number(price);
}
