import { wordsOf } from "../api.js";
import { Attempt } from "../attempt.js";
import { showConnection } from "../components/connection-badge.js";
import { deskEmpty, deskTable, showDeskProblem } from "../components/desk-table.js";
import { JACKPOT_STATUSES } from "../components/jackpot-facts.js";
import { byId, el, fill } from "../dom.js";
import { draftOf } from "../jackpot-draft.js";
import { followJackpot } from "../jackpot-follower.js";
import { openPage } from "../page-frame.js";
import { callAs, createClient } from "../session.js";
import { followTenant } from "../tenant-follower.js";

/** @typedef {import("../protocol.js").JackpotView} JackpotView */

/** So many pools are followed; the others stand as they were at the last look. */
const FOLLOWED = 40;

const main = byId("main", HTMLElement);
const page = await openPage(main, "operator");
if (page !== null) run(page.format);

/** @param {import("../format.js").Format} format */
function run(format) {
  const client = createClient();
  const attempt = new Attempt();
  /** @type {(() => void)[]} */
  let leaves = [];
  showConnection(byId("connection", HTMLElement), client, format);
  followTenant(client, { look: () => void look(), anew: false });
  void client.connect().catch(() => undefined);

  const dialog = byId("make", HTMLDialogElement);
  const form = byId("make-form", HTMLFormElement);
  byId("new", HTMLButtonElement).addEventListener("click", () => dialog.showModal());
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void make();
  });

  async function look() {
    const place = byId("jackpots", HTMLElement);
    try {
      const { items } = await callAs("/api/v1/jackpots?limit=100");
      leaves.splice(0).forEach((leave) => leave());
      fill(place, items.length > 0 ? table(items) : deskEmpty("No jackpot yet. Make a draft, and open it when it is as you want it."));
    } catch (problem) {
      showDeskProblem(place, problem);
    }
    main.removeAttribute("aria-busy");
  }

  /** @param {JackpotView[]} jackpots */
  function table(jackpots) {
    const heads = ["Jackpot", "Status", "Pool", "Starts", "Ends"];
    return deskTable("Jackpots", heads, jackpots.map(row), { panel: true });
  }

  /** @param {JackpotView} jackpot @param {number} index */
  function row({ id, jackpot_title, jackpot_status, pool_amount, currency, start_time, end_time }, index) {
    const pool = el("td", { class: "figure" }, format.money(pool_amount, currency));
    const moves = ["draft", "open", "locked"].includes(jackpot_status);
    if (moves && index < FOLLOWED) leaves.push(followJackpot(client, id, { pool: (moved) => (pool.textContent = format.money(moved.pool_amount, moved.currency)) }));
    return el(
      "tr",
      {},
      el("th", { scope: "row" }, el("a", { href: `/console/jackpots/${id}` }, jackpot_title)),
      el("td", {}, el("span", { class: "status", "data-status": jackpot_status }, JACKPOT_STATUSES[jackpot_status] ?? jackpot_status)),
      pool,
      el("td", {}, format.moment(start_time)),
      el("td", {}, format.moment(end_time)),
    );
  }

  async function make() {
    const place = byId("make-problem", HTMLElement);
    place.textContent = "";
    try {
      const made = await attempt.post("/api/v1/jackpots", draftOf(new FormData(form)));
      location.assign(`/console/jackpots/${made.id}`);
    } catch (problem) {
      place.textContent = wordsOf(problem);
    }
  }
}
