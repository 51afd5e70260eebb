import { wordsOf } from "../api.js";
import { followTournament } from "../board-follower.js";
import { showToast } from "../components/banner.js";
import { confirmed } from "../components/confirm.js";
import { showConnection } from "../components/connection-badge.js";
import { Leaderboard } from "../components/leaderboard.js";
import { showPrizes, showStanding } from "../components/tournament-facts.js";
import { byId, el, fill } from "../dom.js";
import { openPage, showProblem } from "../page-frame.js";
import { callAs, createClient } from "../session.js";

/** @typedef {import("../protocol.js").TournamentView} TournamentView */
/** @typedef {{to: string, label: string, quiet?: boolean, words: (players: string) => string}} Move */

/** What an operator may do next, by status. @type {Record<string, Move[]>} */
const MOVES = {
  draft: [{ to: "registration", label: "Open", words: () => "Players see it and may take places. Its terms stand from then on." }],
  registration: [{ to: "running", label: "Start now", words: (players) => `It starts now for ${players}. Points count from this moment.` }],
  running: [{ to: "finalizing", label: "End now", words: (players) => `It ends now for ${players}. Points earned after this moment do not count.` }],
  finalizing: [{ to: "settled", label: "Settle", words: () => "The board stands, and the winners are told. This cannot be undone." }],
};
/** @type {Move} */
const CANCEL = { to: "cancelled", label: "Cancel it", quiet: true, words: (players) => `It ends without winners for ${players}. This cannot be undone.` };

const main = byId("main", HTMLElement);
const page = await openPage(main, "operator");
if (page !== null) run(page.format);

/** @param {import("../format.js").Format} format */
function run(format) {
  const id = decodeURIComponent(location.pathname.split("/")[3] ?? "");
  const base = `/api/v1/tournaments/${id}`;
  const client = createClient();
  const ways = { now: () => client.serverNow(), format };
  const board = new Leaderboard(byId("board", HTMLElement), format, { ids: true, empty: "Nobody has scored yet." });
  /** @type {TournamentView | null} */
  let tournament = null;
  let participants = 0;
  let looking = 0;
  showConnection(byId("connection", HTMLElement), client, format);

  followTournament(client, id, {
    snapshot: (snapshot) => {
      main.removeAttribute("aria-busy");
      tournament = snapshot.tournament;
      document.title = `${snapshot.tournament.tournament_name} · Wheelhouse`;
      byId("tournament-name", HTMLElement).textContent = snapshot.tournament.tournament_name;
      showPrizes(byId("prizes", HTMLElement), snapshot.prizes, format);
      showTournament();
    },
    board: (follower) => {
      board.show(follower.rows);
      participants = follower.participants;
      byId("places", HTMLElement).textContent = players();
      lookAtLedger();
    },
    event: (name, data) => {
      if (name !== "tournament.status" || tournament === null) return;
      tournament = { ...tournament, ...data };
      showTournament();
    },
    end: (message) => showProblem(main, message),
  });
  void client.connect().catch(() => undefined);

  const form = byId("add", HTMLFormElement);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void add();
  });

  function players() {
    return `${format.integer(participants)} ${participants === 1 ? "player" : "players"}`;
  }

  function showTournament() {
    if (tournament === null) return;
    const status = tournament.tournament_status;
    showStanding(byId("standing", HTMLElement), tournament, ways);
    const place = byId("moves", HTMLElement);
    // A button that is put in anew while it is pressed is not pressed.
    if (place.dataset.status === status) return;
    place.dataset.status = status;
    const moves = [...(MOVES[status] ?? []), ...(status in MOVES ? [CANCEL] : [])];
    fill(
      place,
      moves.map((move) => el("button", { class: move.quiet ? "button quiet" : "button", type: "button", onclick: () => void carryOut(move) }, move.label)),
    );
  }

  /** @param {Move} move */
  async function carryOut({ to, label, words }) {
    if ((await confirmed({ label, words: words(players()) })) === null) return;
    await attempt(async () => {
      tournament = await callAs(`${base}/status`, { method: "POST", body: { to } });
      showTournament();
    });
  }

  async function add() {
    const given = new FormData(form);
    const place = byId("add-problem", HTMLElement);
    const entry = {
      user_id: String(given.get("user_id")).trim(),
      points_earned: String(given.get("points_earned")).trim(),
      points_source: "manual",
      source_event_id: crypto.randomUUID(),
      points_metadata: { reason: String(given.get("reason")) },
    };
    place.textContent = "";
    try {
      const { items } = await callAs(`${base}/points`, { method: "POST", body: { entries: [entry] } });
      if (items[0].status === "accepted") form.reset();
      else place.textContent = items[0].message;
      lookAtLedger();
    } catch (problem) {
      place.textContent = wordsOf(problem);
    }
  }

  function lookAtLedger() {
    clearTimeout(looking);
    looking = setTimeout(async () => {
      const answer = await callAs(`${base}/points?limit=30`).catch(() => null);
      if (answer !== null) showLedger(answer.items);
    }, 250);
  }

  /** @param {any[]} entries */
  function showLedger(entries) {
    fill(
      byId("ledger", HTMLElement),
      entries.length === 0
        ? el("li", { class: "empty" }, "Every entry will stand here, newest first.")
        : entries.map((entry) =>
            el(
              "li",
              { class: entry.reversed_by === null ? null : "is-reversed" },
              el("span", { class: "board-name" }, entry.user_id),
              el("span", { class: "board-points" }, format.points(entry.points_earned)),
              entry.reversed_by === null && entry.reverses_id === null
                ? el("button", { class: "button quiet small", type: "button", onclick: () => void reverse(entry) }, "Reverse")
                : el("span", { class: "note" }, entry.reverses_id === null ? "reversed" : "reversal"),
              el("small", {}, entry.points_metadata.reason ?? `${entry.points_source}, ${format.moment(entry.created_at)}`),
            ),
          ),
    );
  }

  /** @param {any} entry */
  async function reverse(entry) {
    const reason = await confirmed({ label: "Reverse", words: `${format.points(entry.points_earned)} points of ${entry.user_id} are taken back. The entry stays in the ledger.`, reason: true });
    if (reason === null) return;
    await attempt(async () => {
      await callAs(`${base}/points/${entry.id}/reverse`, { method: "POST", body: { reason } });
      lookAtLedger();
    });
  }
}

/** @param {() => Promise<void>} work */
async function attempt(work) {
  try {
    await work();
  } catch (problem) {
    showToast(byId("notes", HTMLElement), wordsOf(problem));
  }
}
