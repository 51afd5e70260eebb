/** @typedef {import("./protocol.js").BoardRow} BoardRow */
/** @typedef {{version: number, rows: BoardRow[], participants: number}} Board */

/**
 * A leaderboard kept up to date by its deltas. One that does not build upon what is known is a gap: whoever follows must
 * then subscribe anew.
 */
export class BoardFollower {
  /** @type {Map<string, BoardRow>} */
  #rows = new Map();
  version = -1;
  participants = 0;

  /** The rows in the order of their ranks. */
  get rows() {
    return [...this.#rows.values()].sort((one, other) => one.rank - other.rank);
  }

  /** @param {Board} board the whole board */
  begin({ version, rows, participants }) {
    this.#rows = new Map(rows.map((row) => [row.user, row]));
    this.version = version;
    this.participants = participants;
  }

  /**
   * @param {{from_version: number, version: number, rows: BoardRow[], gone: string[], participants: number}} delta
   * @returns {"applied" | "old" | "gap"}
   */
  apply({ from_version, version, rows, gone, participants }) {
    if (version <= this.version) return "old";
    if (from_version !== this.version) return "gap";
    for (const user of gone) this.#rows.delete(user);
    for (const row of rows) this.#rows.set(row.user, row);
    this.version = version;
    this.participants = participants;
    return "applied";
  }
}

/**
 * Follow a tournament's channel, subscribing anew whenever a delta is missing.
 * @param {import("./client.js").WheelhouseClient} client
 * @param {string} tournamentId
 * @param {{snapshot: (snapshot: any) => void, board: (board: BoardFollower) => void, event: (name: string, data: any) => void, end: (message: string) => void}} handlers
 */
export function followTournament(client, tournamentId, handlers) {
  const board = new BoardFollower();
  let leave = () => {};
  function subscribe() {
    leave();
    leave = client.subscribe(`tournament:${tournamentId}`, {
      snapshot: (snapshot) => {
        board.begin(snapshot);
        handlers.snapshot(snapshot);
        handlers.board(board);
      },
      event: (name, data) => {
        if (name === "leaderboard.delta") {
          const taken = board.apply(data);
          if (taken === "applied") handlers.board(board);
          if (taken === "gap") queueMicrotask(subscribe);
        } else if (name === "leaderboard.snapshot") {
          if (data.version <= board.version) return;
          board.begin(data);
          handlers.board(board);
        } else handlers.event(name, data);
      },
      end: (_code, message) => handlers.end(message),
    });
  }
  subscribe();
}
