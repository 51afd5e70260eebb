import { wordsOf } from "../api.js";
import { showBanner, showToast } from "../components/banner.js";
import { followTournament } from "../board-follower.js";
import { showConnection } from "../components/connection-badge.js";
import { Leaderboard } from "../components/leaderboard.js";
import { showPrizes, showStanding } from "../components/tournament-facts.js";
import { byId, el, fill } from "../dom.js";
import { Notices } from "../notices.js";
import { openPage, showProblem } from "../page-frame.js";
import { callAs, createClient } from "../session.js";

/** @typedef {import("../protocol.js").TournamentSnapshot} TournamentSnapshot */
/** @typedef {import("../protocol.js").OwnStanding} OwnStanding */

/** How often the own rank is asked for while others move and the top rows do not hold it. */
const ASK_MS = 3_000;

const main = byId("main", HTMLElement);
const page = await openPage(main);
if (page !== null) run(page);

/** @param {import("../page-frame.js").OpenPage} page */
function run({ session, format }) {
  const own = session.user;
  const id = decodeURIComponent(location.pathname.split("/")[3] ?? "");
  const client = createClient();
  const ways = { now: () => client.serverNow(), format };
  const board = new Leaderboard(byId("board", HTMLElement), format, { own, empty: "Nobody has scored yet. The first points will stand here at once." });
  const notices = new Notices(byId("banners", HTMLElement), { session, format });
  /** @type {TournamentSnapshot["tournament"] | null} */
  let tournament = null;
  /** @type {OwnStanding | null} */
  let me = null;
  let asking = 0;
  showConnection(byId("connection", HTMLElement), client, format);

  followTournament(client, id, {
    snapshot: (/** @type {TournamentSnapshot} */ snapshot) => {
      main.removeAttribute("aria-busy");
      tournament = snapshot.tournament;
      me = snapshot.me;
      document.title = `${tournament.tournament_name} · Wheelhouse`;
      byId("tournament-name", HTMLElement).textContent = tournament.tournament_name;
      byId("tournament-description", HTMLElement).textContent = tournament.tournament_description ?? "";
      showPrizes(byId("prizes", HTMLElement), snapshot.prizes, format);
      showWinners(snapshot.winners);
      showTournament();
    },
    board: (follower) => {
      const rows = follower.rows;
      board.show(rows);
      const row = rows.find(({ user }) => user === own);
      if (row !== undefined) me = { name: own, ...me, rank: row.rank, points: row.points };
      else if (me !== null) askForOwnRank();
      showPlaces(follower.participants);
      showOwn();
    },
    event: (name, data) => {
      if (name === "tournament.status" && tournament !== null) {
        tournament = { ...tournament, ...data };
        showTournament();
      } else if (name === "tournament.winners") showWinners(data.winners);
      else if (name === "announcement") notices.tell(data);
    },
    end: (message) => showProblem(main, message),
  });
  client.subscribe("user", {
    event: (name, data) => {
      if (name !== "tournament.rank" || data.tournament_id !== id) return;
      me = { name: own, ...me, rank: data.rank, points: data.points };
      showOwn();
    },
  });
  client.subscribe("tenant", {
    snapshot: ({ announcements }) => notices.catchUp(announcements, client.serverNow()),
    event: (name, data) => name === "announcement" && notices.tell(data),
  });
  client.addEventListener("state", () => {
    if (client.state.name !== "ended") return;
    showBanner(byId("banners", HTMLElement), client.state.reason ?? "You are signed off.", { action: { label: "Load again", act: () => location.reload() } });
  });
  void client.connect().catch(() => undefined);
  byId("join", HTMLButtonElement).addEventListener("click", () => void join());

  function showTournament() {
    if (tournament === null) return;
    showStanding(byId("standing", HTMLElement), tournament, ways);
    showOwn();
  }

  /** @param {number} participants */
  function showPlaces(participants) {
    const most = tournament?.max_participants ?? null;
    const taken = `${format.integer(participants)} ${participants === 1 ? "player" : "players"}`;
    byId("places", HTMLElement).textContent = most === null ? taken : `${taken} of ${format.integer(most)}`;
  }

  function showOwn() {
    const place = byId("own", HTMLElement);
    const open = tournament !== null && ["registration", "running"].includes(tournament.tournament_status);
    const join = byId("join", HTMLButtonElement);
    join.hidden = me !== null || !open;
    place.dataset.rank = me?.rank === null || me === null ? "" : String(me.rank);
    if (me === null) {
      const words = open ? (tournament?.tournament_config.join === "required" ? "You are not in yet." : "You are in with your first points.") : "You did not take part.";
      fill(place, el("span", {}, words));
    } else if (me.rank === null) fill(place, el("span", {}, "You are in. Your first points put you on the board."));
    else fill(place, el("span", { class: "board-rank" }, format.integer(me.rank)), el("span", { class: "board-name" }, "You"), el("span", { class: "board-points" }, format.points(me.points)));
  }

  function askForOwnRank() {
    if (asking !== 0) return;
    asking = setTimeout(async () => {
      const answer = await callAs(`/api/v1/tournaments/${id}/leaderboard?limit=1&around=me`).catch(() => null);
      asking = 0;
      if (answer?.me) me = answer.me;
      showOwn();
    }, ASK_MS);
  }

  async function join() {
    const button = byId("join", HTMLButtonElement);
    button.disabled = true;
    try {
      await callAs(`/api/v1/tournaments/${id}/participants`, { method: "POST", body: {} });
      me ??= { rank: null, points: "0", name: own };
    } catch (problem) {
      showToast(byId("notes", HTMLElement), wordsOf(problem));
    }
    button.disabled = false;
    showOwn();
  }

  /** @param {TournamentSnapshot["winners"]} winners */
  function showWinners(winners) {
    byId("winners-panel", HTMLElement).hidden = winners.length === 0;
    fill(
      byId("winners", HTMLElement),
      winners.map(({ user, name, rank, prize_name }) =>
        el("li", { class: user === own ? "is-own" : null }, el("span", { class: "board-rank" }, format.integer(rank)), el("span", { class: "board-name" }, user === own ? "You" : name), el("span", { class: "board-points" }, prize_name)),
      ),
    );
  }
}
