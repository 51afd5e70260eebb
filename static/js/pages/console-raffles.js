import { wordsOf } from "../api.js";
import { Attempt } from "../attempt.js";
import { showToast } from "../components/banner.js";
import { confirmed } from "../components/confirm.js";
import { showConnection } from "../components/connection-badge.js";
import { deskEmpty, deskTable, showDeskProblem } from "../components/desk-table.js";
import { RAFFLE_STATUSES } from "../components/raffle-facts.js";
import { byId, el, fill } from "../dom.js";
import { openPage } from "../page-frame.js";
import { raffleDraftOf } from "../raffle-draft.js";
import { callAs, createClient } from "../session.js";
import { followTenant } from "../tenant-follower.js";

/** @typedef {import("../protocol.js").RaffleView} RaffleView */
/** @typedef {{to: string, label: string, quiet?: boolean, reason?: boolean, words: (raffle: RaffleView) => string}} Move */

/** So many raffles are followed; the others stand as they were at the last look. */
const FOLLOWED = 40;

/** @type {Record<string, Move>} */
const STEPS = {
  commit: { to: "committed", label: "Commit", words: () => "A secret number is fixed for each draw and its fingerprint is published. Players see the raffle from now on, and it goes on sale by itself when its time comes." },
  sell: { to: "on_sale", label: "Put on sale", words: () => "Players can buy tickets from now on." },
  pause: { to: "paused", label: "Pause", quiet: true, words: () => "No tickets are sold until you resume the sale. It still ends when its time is over." },
  resume: { to: "on_sale", label: "Resume", words: () => "Players can buy tickets again." },
  close: { to: "closed", label: "Close", quiet: true, words: ({ sold_tickets }) => `The sale ends now, with ${sold_tickets} sold. It cannot be opened again.` },
  cancel: { to: "cancelled", label: "Cancel", quiet: true, reason: true, words: ({ sold_tickets }) => `It ends without a draw, and the stakes of ${sold_tickets} tickets go back. This cannot be undone.` },
};

/** What may be done next, by status. @type {Record<string, Move[]>} */
const MOVES = {
  draft: [STEPS.commit, STEPS.cancel],
  committed: [STEPS.sell, STEPS.cancel],
  on_sale: [STEPS.pause, STEPS.close, STEPS.cancel],
  paused: [STEPS.resume, STEPS.close, STEPS.cancel],
  closed: [STEPS.cancel],
};

const main = byId("main", HTMLElement);
const page = await openPage(main, "operator");
if (page !== null) run(page.format);

/** @param {import("../format.js").Format} format */
function run(format) {
  const client = createClient();
  const making = new Attempt();
  const moving = new Attempt();
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
    const place = byId("raffles", HTMLElement);
    try {
      const { items } = await callAs("/api/v1/raffles?limit=100");
      leaves.splice(0).forEach((leave) => leave());
      fill(place, items.length > 0 ? table(items) : deskEmpty("No raffle yet. Make a draft, and commit to its draws when it is as you want it."));
    } catch (problem) {
      showDeskProblem(place, problem);
    }
    main.removeAttribute("aria-busy");
  }

  /** @param {RaffleView[]} raffles */
  function table(raffles) {
    return deskTable("Raffles", ["Raffle", "Status", "Sold", "A ticket costs", "Begins", "Ends", ""], raffles.map(row), { panel: true, figures: [2, 3] });
  }

  /** @param {RaffleView} raffle @param {number} index */
  function row(raffle, index) {
    const { id, campaign_name, campaign_status, total_tickets, ticket_amount, ticket_price, currency, start_time, end_time } = raffle;
    const sold = el("td", { class: "figure" });
    const showSold = (/** @type {number} */ count) => (sold.textContent = total_tickets === null ? format.integer(count) : `${format.integer(count)} of ${format.integer(total_tickets)}`);
    showSold(raffle.sold_tickets);
    if (["on_sale", "paused"].includes(campaign_status) && index < FOLLOWED) {
      leaves.push(client.subscribe(`raffle:${id}`, { event: (name, data) => void (name === "raffle.sold" && showSold(data.sold_tickets)) }));
    }
    return el(
      "tr",
      { "data-raffle": id },
      el("th", { scope: "row" }, campaign_name),
      el("td", {}, el("span", { class: "status", "data-status": campaign_status }, RAFFLE_STATUSES[campaign_status] ?? campaign_status)),
      sold,
      el("td", { class: "figure" }, ticket_price === 0 ? "free" : format.money(ticket_amount, currency)),
      el("td", {}, format.moment(start_time)),
      el("td", {}, format.moment(end_time)),
      el("td", {}, el("span", { class: "desk-moves" }, (MOVES[campaign_status] ?? []).map((move) => el("button", { class: "button quiet small", type: "button", "aria-label": `${move.label} ${campaign_name}`, onclick: () => void carryOut(raffle, move) }, move.label)))),
    );
  }

  /** @param {RaffleView} raffle @param {Move} move */
  async function carryOut(raffle, { to, label, words, reason }) {
    const said = await confirmed({ label: `${label}: ${raffle.campaign_name}`, words: words(raffle), reason });
    if (said === null) return;
    try {
      await moving.post(`/api/v1/raffles/${raffle.id}/status`, reason ? { to, reason: said } : { to });
      await look();
    } catch (problem) {
      showToast(byId("notes", HTMLElement), wordsOf(problem));
    }
  }

  async function make() {
    const place = byId("make-problem", HTMLElement);
    place.textContent = "";
    try {
      await making.post("/api/v1/raffles", raffleDraftOf(new FormData(form), format.minorUnit));
      dialog.close();
      form.reset();
      await look();
    } catch (problem) {
      place.textContent = wordsOf(problem);
    }
  }
}
