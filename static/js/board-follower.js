/** @typedef {import("./protocol.js").BoardRow} BoardRow */
/** @typedef {{version: number, rows: BoardRow[], participants: number}} Board */

/** A leaderboard kept up to date by its deltas; whoever misses one is told the whole board instead. */
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
   * @returns {boolean} whether it builds upon what is known; an old one does not
   */
  apply({ from_version, version, rows, gone, participants }) {
    if (from_version !== this.version) return false;
    for (const user of gone) this.#rows.delete(user);
    for (const row of rows) this.#rows.set(row.user, row);
    this.version = version;
    this.participants = participants;
    return true;
  }
}

/**
 * Follow a tournament's channel.
 * @param {import("./client.js").WheelhouseClient} client
 * @param {string} tournamentId
 * @param {{snapshot: (snapshot: any) => void, board: (board: BoardFollower) => void, event: (name: string, data: any) => void, end: (message: string) => void}} handlers
 */
export function followTournament(client, tournamentId, handlers) {
  const board = new BoardFollower();
  client.subscribe(`tournament:${tournamentId}`, {
    snapshot: (snapshot) => {
      board.begin(snapshot);
      handlers.snapshot(snapshot);
      handlers.board(board);
    },
    event: (name, data) => {
      if (name === "leaderboard.delta") {
        if (board.apply(data)) handlers.board(board);
      } else if (name === "leaderboard.snapshot") {
        if (data.version <= board.version) return;
        board.begin(data);
        handlers.board(board);
      } else handlers.event(name, data);
    },
    end: (_code, message) => handlers.end(message),
  });
}
