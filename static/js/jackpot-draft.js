/**
 * A new jackpot's body from what an operator has written.
 * @param {FormData} given
 * @throws {Error} a line that cannot be read, named in a sentence
 */
export function draftOf(given) {
  const text = (/** @type {string} */ name) => String(given.get(name) ?? "").trim();
  return {
    jackpot_title: text("jackpot_title"),
    jackpot_description: text("jackpot_description") || null,
    jackpot_id: text("jackpot_id"),
    jackpot_stake: text("jackpot_stake"),
    start_time: new Date(text("start_time")).toISOString(),
    end_time: new Date(text("end_time")).toISOString(),
    jackpot_config: { seed_amount: text("seed_amount") },
    events: lines(text("events")).map(eventOf),
    prizes: lines(text("prizes")).map(prizeOf),
  };
}

/** @param {string} text */
function lines(text) {
  return text.split("\n").map((line) => line.trim()).filter(Boolean);
}

/** `Arsenal v Chelsea: 1,X,2`. @param {string} line */
function eventOf(line) {
  const found = /^(?<name>.+?)(?::\s*(?<picks>[^:]*))?$/.exec(line);
  return {
    event_name: found?.groups?.name.trim() ?? line,
    event_type: "match",
    event_pick: (found?.groups?.picks || "1,X,2").replace(/\s/g, "").toUpperCase(),
  };
}

/** `6: 80%` or `5: 50.00`. @param {string} line @param {number} index */
function prizeOf(line, index) {
  const found = /^(?<correct>\d+)\s*:\s*(?<worth>\d+(?:\.\d+)?)\s*(?<share>%?)$/.exec(line);
  if (!found?.groups) throw new Error(`The prize “${line}” cannot be read. Write it as 6: 80% or 5: 50.00.`);
  const { correct, worth, share } = found.groups;
  return {
    prize_name: `${correct} right`,
    prize_type: share ? (index === 0 ? "main" : "pool_share") : "fixed",
    prize_config: { correct: Number(correct), ...(share ? { share_bps: Math.round(Number(worth) * 100) } : { fixed: worth }) },
  };
}
