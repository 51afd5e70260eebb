/** @typedef {import("./protocol.js").Template} Template */

/** What a template's kind of game is called. @type {Record<string, string>} */
export const TEMPLATE_TYPES = { wheel: "Wheel", jackpot: "Jackpot", tournament: "Tournament", raffle: "Raffle" };

/** The columns of a template, in the order in which they are shown, with what each is. @type {[import("./protocol.js").TemplateColumn, string][]} */
export const TEMPLATE_COLUMNS = [
  ["template_config", "The game"],
  ["game_rules", "Its rules"],
  ["reward_config", "What it pays"],
];

/**
 * The columns of a template that makes wheels like this one.
 * @param {import("./protocol.js").Wheel} wheel
 */
export function columnsOf({ wheel_description, wheel_config, spin_config, spin_chance_for_page_visit, rewards = [] }) {
  return {
    template_config: { ...(wheel_description ? { wheel_description } : {}), wheel_config: said(wheel_config) },
    game_rules: { spin_config: said(spin_config), spin_chance_for_page_visit },
    reward_config: {
      rewards: rewards.map(({ reward_slug, reward_label, reward_type, reward_color, reward_description, reward_detail, range_start, range_end }) =>
        said({ reward_slug, reward_label, reward_type, reward_color, reward_description, reward_detail, range_start, range_end }),
      ),
    },
  };
}

/** Without what says nothing. @param {object} values */
function said(values) {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== null));
}
