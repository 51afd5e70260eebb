/**
 * What a new wheel begins with: something of most kinds, and mostly nothing. Shares are in a million.
 * @param {string} currency
 */
export function firstSegments(currency) {
  return [
    segment("cash-50", "50 cash", "cash", { amount: "50.00", currency }, 5_000),
    segment("next-time", "Next time", "none", {}, 395_000),
    segment("free-bet-5", "5 free bet", "free_bet", { amount: "5.00", currency, expires_in_h: 72 }, 80_000),
    segment("spin-again", "Spin again", "spin_chance", { count: 1, expires_in_h: 24 }, 100_000),
    segment("no-luck", "No luck", "none", {}, 320_000),
    segment("cash-1", "1 cash", "cash", { amount: "1.00", currency }, 100_000),
  ];
}

/** @param {string} reward_slug @param {string} reward_label @param {string} reward_type @param {object} reward_detail @param {number} weight */
function segment(reward_slug, reward_label, reward_type, reward_detail, weight) {
  return { reward_slug, reward_label, reward_type, reward_detail, weight };
}
