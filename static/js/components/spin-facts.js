import { el } from "../dom.js";
import { isWin } from "./reward-words.js";

/** @typedef {import("../protocol.js").Play} Play */
/** @typedef {import("../format.js").Format} Format */

/** How a spin's status is said. @type {Record<string, string>} */
export const SPIN_STATUSES = { requested: "asked for", committed: "turning", completed: "stopped", voided: "voided" };

/** What a claim's status means. @type {Record<string, string>} */
export const CLAIM_STATUSES = {
  unclaimed: "to be claimed", not_required: "nothing to claim", claiming: "being claimed", claimed: "claimed", expired: "not claimed in time",
  rejected: "claim rejected", reversed: "taken back",
};

/**
 * What came of a spin, in a few words.
 * @param {Play} play
 */
export function outcomeOf({ reward, spin_status }) {
  if (reward === null) return el("span", { class: "note" }, spin_status === "voided" ? "voided" : "still turning");
  return el("span", { class: isWin(reward.type) ? "is-gain" : null }, el("bdi", {}, reward.label), isWin(reward.type) ? " (win)" : " (no win)");
}
