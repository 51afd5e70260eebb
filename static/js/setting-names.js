/** What settings are called where they are set. @type {Record<string, string>} */
const NAMES = {
  wheel_description: "Description", wheel_config: "The wheel", size: "Positions in all", display_name_rule: "Other players are shown", theme: "Theme",
  spin_config: "Spins", duration_ms: "A spin takes, ms", frames_per_second: "Frames a second", featured: "Spins shown to all at a time",
  turning_per_player: "A player's spins at a time", spins_per_minute: "A player's spins in a minute", least_interval_ms: "Between a player's spins at least, ms",
  price: "A chance costs the player",
  spin_chance_for_page_visit: "Chances for a day's visit", rewards: "Rewards",
  jackpot_description: "Description", jackpot_banner: "Banner", supported_mode: "Where it is played", jackpot_stake: "Stake for a line",
  jackpot_config: "The pool", contribution_bps: "Of a stake into the pool, 1/10,000", seed_amount: "Pool at the opening", fee_bps: "Fee, 1/10,000",
  rollover_to: "What is left goes to", guarantee: "Guaranteed pool", void_policy: "Void events", refund_at: "Refund from so many on",
  below: "With fewer", two_operators: "Two operators settle", events: "Events", prizes: "Prizes",
  tournament_description: "Description", tournament_type: "Kind", max_participants: "Places", tournament_config: "The race",
  tie_policy: "Level players", join: "Taking part", grace_s: "Late points are taken for, s", operator: "Points of a player", points_rules: "Rules for points",
  minimum_participants: "Players at least", entry_fee: "Entry fee", recurs: "Begins again",
  campaign_description: "Description", campaign_type: "Kind", ticket_price: "Price of a ticket", total_tickets: "Tickets in all", campaign_config: "The raffle",
  configuration_id: "Shared settings", policy_ids: "How tickets are earned", number_width: "Digits of a number", numbers: "Numbers are",
  max_per_user: "Tickets of a player", one_prize_per_holder: "One prize a player", earlier_winners_stand: "Winners stand again", beacon: "Public beacon",
  chain: "Its chain", round: "Its round", reservation_s: "A ticket is held for, s",
};

/**
 * The name of a setting, or its key in words where it has none here.
 * @param {string[]} path
 * @param {string} [said] what its own schema calls it
 */
export function settingName(path, said) {
  const key = path[path.length - 1];
  const words = key.replaceAll("_", " ");
  return said ?? NAMES[key] ?? words[0].toUpperCase() + words.slice(1);
}
