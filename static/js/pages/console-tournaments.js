import { wordsOf } from "../api.js";
import { showConnection } from "../components/connection-badge.js";
import { deskEmpty, deskTable, showDeskProblem } from "../components/desk-table.js";
import { TOURNAMENT_STATUSES } from "../components/tournament-facts.js";
import { byId, el, fill } from "../dom.js";
import { openPage } from "../page-frame.js";
import { callAs, createClient } from "../session.js";
import { followTenant } from "../tenant-follower.js";

/** @typedef {import("../protocol.js").TournamentView} TournamentView */


const main = byId("main", HTMLElement);
const page = await openPage(main, "operator");
if (page !== null) run(page.format);

/** @param {import("../format.js").Format} format */
function run(format) {
  const client = createClient();
  showConnection(byId("connection", HTMLElement), client, format);
  followTenant(client, { look: () => void look(), anew: false });
  void client.connect().catch(() => undefined);

  const dialog = byId("make", HTMLDialogElement);
  const form = byId("make-form", HTMLFormElement);
  byId("new", HTMLButtonElement).addEventListener("click", () => dialog.showModal());
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void make(form);
  });

  async function look() {
    const place = byId("tournaments", HTMLElement);
    try {
      const { items } = await callAs("/api/v1/tournaments?limit=100");
      fill(place, items.length > 0 ? table(items) : deskEmpty("No tournament yet. Make a draft, and open it when it is as you want it."));
    } catch (problem) {
      showDeskProblem(place, problem);
    }
    main.removeAttribute("aria-busy");
  }

  /** @param {TournamentView[]} tournaments */
  function table(tournaments) {
    const heads = ["Tournament", "Status", "Players", "Starts", "Ends"];
    return deskTable("Tournaments", heads, tournaments.map(row), { panel: true });
  }

  /** @param {TournamentView} tournament */
  function row({ id, tournament_name, tournament_status, current_participants, max_participants, start_time, end_time }) {
    const players = format.integer(current_participants) + (max_participants === null ? "" : ` of ${format.integer(max_participants)}`);
    return el(
      "tr",
      {},
      el("th", { scope: "row" }, el("a", { href: `/console/tournaments/${id}` }, tournament_name)),
      el("td", {}, el("span", { class: "status", "data-status": tournament_status }, TOURNAMENT_STATUSES[tournament_status])),
      el("td", {}, players),
      el("td", {}, format.moment(start_time)),
      el("td", {}, format.moment(end_time)),
    );
  }
}

/** @param {HTMLFormElement} form */
async function make(form) {
  const given = new FormData(form);
  const text = (/** @type {string} */ name) => String(given.get(name) ?? "").trim();
  const amounts = text("prizes").split(/\s+/).filter(Boolean);
  const place = byId("make-problem", HTMLElement);
  place.textContent = "";
  try {
    const made = await callAs("/api/v1/tournaments", {
      method: "POST",
      body: {
        tournament_name: text("tournament_name"),
        tournament_description: text("tournament_description") || null,
        start_time: new Date(text("start_time")).toISOString(),
        end_time: new Date(text("end_time")).toISOString(),
        max_participants: text("max_participants") === "" ? null : Number(text("max_participants")),
        tournament_config: { tie_policy: text("tie_policy"), join: text("join") },
        prizes: amounts.map((prize_amount, index) => ({ prize_name: `Place ${index + 1}`, prize_rank: index + 1, prize_amount })),
      },
    });
    location.assign(`/console/tournaments/${made.id}`);
  } catch (problem) {
    place.textContent = wordsOf(problem);
  }
}
