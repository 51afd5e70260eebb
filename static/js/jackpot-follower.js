/** @typedef {import("./protocol.js").JackpotSnapshot} JackpotSnapshot */
/** @typedef {import("./protocol.js").JackpotPool} JackpotPool */

/**
 * Follow a jackpot's channel. Of the pool only what is newer is told, whichever way it came.
 * @param {import("./client.js").WheelhouseClient} client
 * @param {string} jackpotId
 * @param {{snapshot?: (snapshot: JackpotSnapshot) => void, pool?: (pool: JackpotPool) => void, event?: (name: string, data: any) => void, end?: (code: string, message: string) => void}} handlers
 * @returns {() => void} stops following
 */
export function followJackpot(client, jackpotId, handlers) {
  let version = -1;
  /** @param {JackpotPool} pool */
  function take(pool) {
    if (pool.version <= version) return;
    version = pool.version;
    handlers.pool?.(pool);
  }
  return client.subscribe(`jackpot:${jackpotId}`, {
    snapshot: (/** @type {JackpotSnapshot} */ snapshot) => {
      handlers.snapshot?.(snapshot);
      take(snapshot.pool);
    },
    event: (name, data) => (name === "jackpot.pool" ? take(data) : handlers.event?.(name, data)),
    end: (code, message) => handlers.end?.(code, message),
  });
}
