import { el } from "../dom.js";
import { storedSession } from "../session.js";

/** @typedef {import("../protocol.js").SpinVoid} SpinVoid */
/** @typedef {import("../protocol.js").RewardShown} RewardShown */
/** @typedef {{label: string, words: string, quote?: string, path: string, quiet?: boolean, reason?: boolean}} VoidMove */

/** What a void does to a player. @param {string} player */
export function voidWords(player) {
  return `${player} gets the chance back, and what was won is not delivered. Number and outcome stay in the record.`;
}

/**
 * What may be done about a void that waits for consent: whoever asked for it may only withdraw it.
 * @param {SpinVoid} waiting
 * @param {(move: VoidMove) => HTMLElement} button makes the button of a move
 */
export function consentMoves({ session_id, user_id, requested_by, void_reason }, button) {
  const path = `/api/v1/spins/${session_id}/void`;
  const own = requested_by === storedSession()?.user;
  return [
    own
      ? el("span", { class: "note" }, "You asked for this void. Another operator has to consent to it.")
      : button({ label: "Consent to the void", words: `${requested_by} asks for it. ${voidWords(user_id)} This cannot be undone.`, quote: void_reason, path: `${path}/consent` }),
    button({ label: "Withdraw the void", words: `${own ? "You asked" : `${requested_by} asks`} for it. Once it is withdrawn, the spin stands as it was played.`, quote: void_reason, path: `${path}/withdraw`, quiet: true }),
  ];
}

/**
 * What of a reward is not paid once its spin is voided.
 * @param {RewardShown} reward
 * @param {import("../format.js").Format} format
 */
export function takenBack({ type, detail }, format) {
  const money = (/** @type {string | undefined} */ amount) => format.money(amount ?? "0", detail.currency);
  switch (type) {
    case "cash":
      return `${money(detail.amount)} in cash`;
    case "free_bet":
      return `a free bet of ${money(detail.amount)}`;
    case "balance_boost":
      return `${Number(detail.percent)}% more on the balance${detail.cap ? `, up to ${money(detail.cap)}` : ""}`;
    case "spin_chance":
      return detail.count === 1 ? "one more spin" : `${format.integer(detail.count ?? 1)} more spins`;
    case "in_kind":
      return `${detail.item ?? "a prize"}${detail.value ? `, worth ${money(detail.value)}` : ""}`;
    default:
      return "nothing";
  }
}
