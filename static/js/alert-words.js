/** What rules are called. @type {Record<string, string>} */
const RULES = { player_rhythm: "Spins like software", player_win_rate: "A player wins beyond luck", wheel_win_rate: "A wheel is beyond its odds" };

/** @param {string} name of the rule */
export function ruleWords(name) {
  return RULES[name] ?? name;
}
