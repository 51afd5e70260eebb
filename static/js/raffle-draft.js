/**
 * A new raffle's body from what an operator has written.
 * @param {FormData} given
 * @param {number} decimals of the tenant's currency, in whose minor unit the server keeps the price
 * @throws {Error} what cannot be read, named in a sentence
 */
export function raffleDraftOf(given, decimals) {
  const text = (/** @type {string} */ name) => String(given.get(name) ?? "").trim();
  const count = (/** @type {string} */ name) => (text(name) === "" ? null : Number(text(name)));
  const price = inMinorUnits(text("price"), decimals);
  const most = count("max_per_user");
  return {
    campaign_name: text("campaign_name"),
    campaign_description: text("campaign_description") || null,
    campaign_type: price > 0 ? "paid" : "free",
    ticket_price: price,
    total_tickets: count("total_tickets"),
    start_time: new Date(text("start_time")).toISOString(),
    end_time: new Date(text("end_time")).toISOString(),
    campaign_config: most === null ? {} : { max_per_user: most },
    draws: [{ draw_name: text("draw_name"), draw_time: new Date(text("draw_time")).toISOString(), winning_tickets: count("winning_tickets") ?? 1 }],
  };
}

/** @param {string} amount @param {number} decimals */
function inMinorUnits(amount, decimals) {
  const [whole, part = ""] = amount.split(".");
  if (part.length > decimals) throw new Error(decimals === 0 ? "The currency has no decimals. Write the price as a whole number." : `The currency has ${decimals} decimals. Write the price with no more.`);
  return Number(whole + part.padEnd(decimals, "0"));
}
