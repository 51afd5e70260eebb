import { callAs } from "./session.js";

/** @typedef {import("./components/results-list.js").PastSpin} PastSpin */
/** @typedef {import("./protocol.js").Play} Play */

/**
 * The player's last finished spins, newest first.
 * @param {string} [wheelId] of this wheel alone
 * @returns {Promise<(PastSpin & {play: Play})[]>}
 */
export async function pastSpins(wheelId) {
  const which = wheelId === undefined ? "" : `&wheel_game_id=${encodeURIComponent(wheelId)}`;
  const { items } = /** @type {{items: Play[]}} */ (await callAs(`/api/v1/spins?limit=20${which}`));
  return items.flatMap(({ reward, ...play }) =>
    reward === null
      ? []
      : [{
          sessionId: play.session_id, label: reward.label, type: reward.type, at: play.completed_at ?? play.started_at,
          serverSeedHash: play.server_seed_hash, play: { ...play, reward },
        }],
  );
}

/**
 * A finished play in the shape in which `spin.result` would have told it.
 * @param {Play} play
 * @param {string} user
 * @returns {import("./protocol.js").SpinResult}
 */
export function asResult(play, user) {
  if (play.reward === null) throw new Error("A play without a reward has not finished.");
  return {
    session_id: play.session_id, wheel_id: play.wheel_game_id, user, reward: play.reward, angle_deg: play.angle_deg ?? 0,
    win_status: play.win_status ?? "", paid_amount: play.paid_amount ?? "0", claim_status: play.claim_status ?? "not_required",
    proof: { server_seed_hash: play.server_seed_hash },
  };
}
