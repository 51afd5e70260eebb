import { el } from "./dom.js";

/** What chances are given for, and how it is said. @type {Record<string, string>} */
export const KINDS = { bonus: "bonus", manual: "by hand", deposit: "deposit", purchase: "purchase", visit: "visit", reward: "won" };

/** The kinds, as options of a list to choose from. */
export function kindOptions() {
  return Object.entries(KINDS).map(([value, words]) => el("option", { value }, words));
}

/**
 * What a form says of the chances to be given, whoever gets them and however many.
 * @param {FormData} form
 */
export function termsOf(form) {
  const [award_reason, expires, wheel] = ["award_reason", "expires_at", "wheel"].map((name) => String(form.get(name)).trim());
  return {
    chance_type: String(form.get("chance_type")),
    award_reason,
    ...(expires && { expires_at: new Date(expires).toISOString() }),
    ...(wheel && { chance_metadata: { wheels: [wheel] } }),
  };
}
