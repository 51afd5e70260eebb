import { ruleWords } from "../alert-words.js";
import { wordsOf } from "../api.js";
import { Attempt } from "../attempt.js";
import { countAlerts } from "../components/waiting-counts.js";
import { confirmed } from "../components/confirm.js";
import { showConnection } from "../components/connection-badge.js";
import { FigureCards } from "../components/figure-cards.js";
import { JACKPOT_STATUSES, showMessages } from "../components/jackpot-facts.js";
import { rollTo } from "../components/odometer.js";
import { TOURNAMENT_STATUSES } from "../components/tournament-facts.js";
import { byId, el, fill } from "../dom.js";
import { followJackpot } from "../jackpot-follower.js";
import { othersAt } from "../listeners.js";
import { openPage } from "../page-frame.js";
import { altogether, followPlay, showPlay } from "../play-figures.js";
import { callAs, createClient, storedSession } from "../session.js";
import { followTenant } from "../tenant-follower.js";

/** @typedef {import("../protocol.js").Alert} Alert */
/** @typedef {import("../protocol.js").TenantSnapshot} TenantSnapshot */
/** @typedef {{id: string, name: string, status: string, words: string, href?: string, figure?: HTMLElement}} Line */

/** A burst of openings and closings is answered by one new look. */
const GATHER_MS = 300;
const COUNT_EVERY_MS = 5_000;
/** So many pools are followed at once; a connection may listen to no more than sixty-four channels. */
const FOLLOWED = 40;

/** How a raffle's status is said. @type {Record<string, string>} */
const RAFFLE_STATUSES = { on_sale: "On sale", paused: "Paused", closed: "Sale closed", drawing: "Being drawn" };

const main = byId("main", HTMLElement);
const page = await openPage(main, "operator");
if (page !== null) run(page.format);

/** @param {import("../format.js").Format} format */
function run(format) {
  const client = createClient();
  const announcing = new Attempt();
  const form = byId("announce", HTMLFormElement);
  const figures = new FigureCards(byId("figures", HTMLElement), ["connected", "pace", "hits", "wheels", "jackpots", "players", "sold"]);
  /** @type {(() => void)[]} */
  let leaves = [];
  showConnection(byId("connection", HTMLElement), client, format);

  followTenant(client, { look: show, anew: true, event: (name) => void (name === "announcement" && showAnnounced()) });
  followAlerts();
  client.addEventListener("state", () => void count());
  setInterval(() => void count(), COUNT_EVERY_MS);
  void client.connect().catch(() => undefined);
  followPlay((found) => showPlay(figures, altogether(found.values()), format));
  void showAnnounced();
  copyToken();

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const place = byId("announce-problem", HTMLElement);
    place.textContent = "";
    announce().catch((problem) => (place.textContent = wordsOf(problem)));
  });

  /** @param {TenantSnapshot} snapshot */
  function show({ wheels, jackpots, raffles, tournaments }) {
    main.removeAttribute("aria-busy");
    leaves.splice(0).forEach((leave) => leave());
    const players = tournaments.reduce((sum, { current_participants }) => sum + current_participants, 0);
    const sold = raffles.reduce((sum, { sold_tickets }) => sum + sold_tickets, 0);
    figures.set("wheels", format.integer(wheels.length), wheels.length === 1 ? "wheel open" : "wheels open");
    figures.set("jackpots", format.integer(jackpots.length), jackpots.length === 1 ? "jackpot open" : "jackpots open");
    figures.set("players", format.integer(players), "players in tournaments");
    figures.set("sold", format.integer(sold), "raffle tickets sold");
    list("jackpots", jackpots.map(jackpotLine), "No jackpot is open. Make one under Jackpots; it stands here from its opening on.");
    list(
      "tournaments",
      tournaments.map(({ id, tournament_name, tournament_status, current_participants }) => ({
        id, name: tournament_name, status: tournament_status, words: TOURNAMENT_STATUSES[tournament_status] ?? tournament_status,
        href: `/console/tournaments/${id}`, figure: el("span", { class: "figure" }, `${format.integer(current_participants)} in`),
      })),
      "No tournament is open. Make one under Tournaments; it stands here from its opening on.",
    );
    list("wheels", wheels.map(({ id, wheel_name, wheel_status }) => ({ id, name: wheel_name, status: wheel_status, words: wheel_status === "active" ? "Open" : "Paused", href: `/console/wheels/${id}` })), "No wheel is open. Make one under Wheels; it stands here from its opening on.");
    list("raffles", raffles.map(({ id, campaign_name, campaign_status, sold_tickets }) => ({ id, name: campaign_name, status: campaign_status, words: RAFFLE_STATUSES[campaign_status] ?? campaign_status, figure: el("span", { class: "figure" }, `${format.integer(sold_tickets)} sold`) })), "No raffle is on sale.");
    offerChannels({ wheels, jackpots, raffles, tournaments });
  }

  /** @param {import("../protocol.js").JackpotBrief} jackpot @param {number} index @returns {Line} */
  function jackpotLine({ id, jackpot_title, jackpot_status, pool_amount, currency }, index) {
    const figure = el("span", { class: "figure" });
    rollTo(figure, format.money(pool_amount, currency));
    if (index < FOLLOWED) leaves.push(followJackpot(client, id, { pool: (pool) => rollTo(figure, format.money(pool.pool_amount, pool.currency)) }));
    return { id, name: jackpot_title, status: jackpot_status, words: JACKPOT_STATUSES[jackpot_status] ?? jackpot_status, href: `/console/jackpots/${id}`, figure };
  }

  /** @param {Omit<TenantSnapshot, "announcements">} snapshot */
  function offerChannels({ wheels, jackpots, raffles, tournaments }) {
    const select = /** @type {HTMLSelectElement} */ (form.elements.namedItem("channel"));
    const chosen = select.value;
    const games = [
      ...wheels.map(({ id, wheel_name }) => [`wheel:${id}`, `At the wheel ${wheel_name}`]),
      ...jackpots.map(({ id, jackpot_title }) => [`jackpot:${id}`, `At the jackpot ${jackpot_title}`]),
      ...tournaments.map(({ id, tournament_name }) => [`tournament:${id}`, `At the tournament ${tournament_name}`]),
      ...raffles.map(({ id, campaign_name }) => [`raffle:${id}`, `At the raffle ${campaign_name}`]),
    ];
    fill(select, [["tenant", "Everybody in the house"], ...games].map(([value, words]) => el("option", { value }, words)));
    if ([...select.options].some(({ value }) => value === chosen)) select.value = chosen;
  }

  async function count() {
    if (client.state.name !== "live" || document.visibilityState === "hidden") return;
    const counts = await client.command("presence", { channel: "tenant" }).catch(() => null);
    if (counts !== null) figures.set("connected", format.integer(counts.connections), counts.connections === 1 ? "connection now" : "connections now");
  }

  async function announce() {
    const select = /** @type {HTMLSelectElement} */ (form.elements.namedItem("channel"));
    const message = String(new FormData(form).get("message")).trim();
    const to = select.value === "tenant" ? "Everybody in the house" : `Everybody ${select.selectedOptions[0].text.replace(/^At/, "at")}`;
    const who = await othersAt(client, select.value, format);
    const words = `${to}${who === null ? "" : ` (now ${who})`} will see this at the top of the page until it is read. It cannot be taken back.`;
    if ((await confirmed({ label: "Announce", words, quote: message })) === null) return;
    await announcing.post("/api/v1/announcements", { message, channel: select.value });
    form.reset();
    await showAnnounced();
  }

  async function showAnnounced() {
    const answer = await callAs("/api/v1/announcements?limit=20").catch(() => null);
    if (answer === null) fill(byId("announced", HTMLElement), el("li", { class: "empty" }, "What was announced cannot be read just now."));
    else showMessages(byId("announced", HTMLElement), answer.items, format, "What you tell the players will stand here.");
  }

  function followAlerts() {
    /** @type {Map<string, Alert>} */
    let standing = new Map();
    const show = () => {
      showAlerts([...standing.values()]);
      void countAlerts();
    };
    client.subscribe("operator", {
      snapshot: ({ alerts }) => {
        standing = new Map(alerts.map((/** @type {Alert} */ alert) => [alert.id, alert]));
        show();
      },
      event: (name, alert) => {
        if (!name.startsWith("alert.")) return;
        if (name === "alert.ended") standing.delete(alert.id);
        else if (standing.has(alert.id)) standing.set(alert.id, alert);
        else standing = new Map([[alert.id, alert], ...standing]);
        show();
      },
    });
  }

  /** @param {Alert[]} alerts newest first */
  function showAlerts(alerts) {
    fill(
      byId("alerts", HTMLElement),
      alerts.length === 0
        ? el("li", { class: "empty" }, "All is quiet. What needs you will stand here.")
        : alerts.map(({ alert_name, alert_severity, alert_status, alert_message }) => el("li", {}, el("b", {}, ruleWords(alert_name)), el("span", {}, alert_status), el("span", { class: "status", "data-severity": alert_severity }, alert_severity), el("span", { class: "note alert-message" }, alert_message))),
    );
  }
}

/**
 * @param {string} id of the list
 * @param {Line[]} lines
 * @param {string} empty
 */
function list(id, lines, empty) {
  fill(
    byId(id, HTMLElement),
    lines.length === 0
      ? el("li", { class: "empty" }, empty)
      : lines.map(({ name, status, words, href, figure }) => el("li", {}, href ? el("a", { href }, name) : el("span", {}, name), figure ?? el("span"), el("span", { class: "status", "data-status": status }, words))),
  );
}

function copyToken() {
  const button = byId("copy-token", HTMLButtonElement);
  button.addEventListener("click", () => void navigator.clipboard.writeText(storedSession()?.token ?? "").then(() => (button.textContent = "Copied")));
}
