import { wordsOf } from "../api.js";
import { el } from "../dom.js";
import { callAs } from "../session.js";
import { showToast } from "./banner.js";
import { confirmed } from "./confirm.js";

/**
 * The button that blocks a player, with a reason.
 * @param {string} player
 * @param {HTMLElement} notes where it is told what came of it
 * @param {string} look classes of the button
 */
export function blockButton(player, notes, look) {
  return el("button", { class: look, type: "button", onclick: () => void blockPlayer(player, notes) }, "Block player");
}

/**
 * Block a player, after a reason was given.
 * @param {string} player
 * @param {HTMLElement} notes where it is told what came of it
 * @returns {Promise<boolean>} whether the player is blocked now
 */
export async function blockPlayer(player, notes) {
  const reason = await confirmed({ label: "Block player", words: `${player} is disconnected and takes part in nothing until the block is lifted. Chances and what was won are kept. Say why: it is kept in the audit trail.`, reason: true });
  if (reason === null) return false;
  try {
    await callAs("/api/v1/revocations", { method: "POST", body: { user_id: player, block: true, reason } });
    showToast(notes, `${player} is blocked.`);
    return true;
  } catch (problem) {
    showToast(notes, wordsOf(problem));
    return false;
  }
}
