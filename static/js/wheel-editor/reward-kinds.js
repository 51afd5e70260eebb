/**
 * A field of a segment: `path` as the server names it in a fault, below the segment. What is typed stays text until it is sent;
 * `kind` says what it is then.
 * @typedef {{path: string, label: string, kind: "text" | "decimal" | "whole" | "list", hint?: string, required?: boolean, longest?: number}} Field
 */

/** @type {Field} */
const AMOUNT = { path: "reward_detail.amount", label: "Amount", kind: "decimal", required: true };
/** @type {Field} */
const CURRENCY = { path: "reward_detail.currency", label: "Currency", kind: "text", required: true, hint: "EUR", longest: 3 };
/** @type {Field} */
const HOURS = { path: "reward_detail.expires_in_h", label: "To use within, hours", kind: "whole", hint: "no end" };

/** The types of rewards, and what each has to say. @type {Record<string, {name: string, fields: Field[]}>} */
export const REWARD_KINDS = {
  cash: { name: "Cash", fields: [AMOUNT, CURRENCY] },
  free_bet: {
    name: "Free bet",
    fields: [
      AMOUNT,
      CURRENCY,
      HOURS,
      { path: "reward_detail.min_odds", label: "Odds of at least", kind: "decimal", hint: "any" },
      { path: "reward_detail.markets", label: "Markets, with commas", kind: "list", hint: "all" },
    ],
  },
  balance_boost: {
    name: "Balance boost",
    fields: [
      { path: "reward_detail.percent", label: "Percent", kind: "decimal", required: true },
      { path: "reward_detail.cap", label: "Up to, amount", kind: "decimal", hint: "no cap" },
    ],
  },
  spin_chance: { name: "More spins", fields: [{ path: "reward_detail.count", label: "How many", kind: "whole", hint: "1" }, HOURS] },
  in_kind: {
    name: "A thing",
    fields: [
      { path: "reward_detail.item", label: "Which thing", kind: "text", required: true, longest: 200 },
      { path: "reward_detail.value", label: "Worth, amount", kind: "decimal", hint: "not said" },
    ],
  },
  none: { name: "No win", fields: [] },
};

/** What any reward may say of how often it is paid and how it is claimed. @type {Field[]} */
export const STOCK = [
  { path: "reward_detail.stock.total", label: "Stock in all", kind: "whole", hint: "no limit" },
  { path: "reward_detail.stock.per_day", label: "Stock a day", kind: "whole", hint: "no limit" },
  { path: "reward_detail.stock.per_user", label: "For one player", kind: "whole", hint: "no limit" },
];
/** @type {Field} */
export const CLAIM = { path: "reward_detail.claim.expires_in_h", label: "Hours to claim it in", kind: "whole", hint: "no end" };
export const CLAIM_REQUIRED = "reward_detail.claim.required";
export const FALLBACK = "reward_detail.fallback";

/** The fields of a type in its detail. @param {string} type */
export function fieldsOf(type) {
  return [...(REWARD_KINDS[type]?.fields ?? []), ...STOCK, CLAIM];
}
