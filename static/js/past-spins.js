import { callAs } from "./session.js";

/** @typedef {import("./components/results-list.js").PastSpin} PastSpin */

/**
 * The player's last finished spins, newest first.
 * @returns {Promise<(PastSpin & {wheelId: string, angle: number | null})[]>}
 */
export async function pastSpins() {
  const { items } = /** @type {{items: import("./protocol.js").Play[]}} */ (await callAs("/api/v1/spins?limit=20"));
  return items.flatMap(({ reward, ...play }) =>
    reward === null
      ? []
      : [{
          sessionId: play.session_id, label: reward.label, type: reward.type, at: play.completed_at ?? play.started_at,
          serverSeedHash: play.server_seed_hash, wheelId: play.wheel_game_id, angle: play.angle_deg,
        }],
  );
}
