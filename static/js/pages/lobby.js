import { showBanner } from "../components/banner.js";
import { showConnection } from "../components/connection-badge.js";
import { jackpotCard, raffleCard, tournamentCard, wheelCard } from "../components/game-cards.js";
import { Purse } from "../components/purse.js";
import { ResultsList } from "../components/results-list.js";
import { paintThumb } from "../components/wheel-thumb.js";
import { byId, el, fill } from "../dom.js";
import { followJackpot } from "../jackpot-follower.js";
import { Notices } from "../notices.js";
import { openPage } from "../page-frame.js";
import { pastSpins } from "../past-spins.js";
import { callAs, createClient } from "../session.js";
import { followTenant } from "../tenant-follower.js";

/** @typedef {import("../protocol.js").TenantSnapshot} TenantSnapshot */
/** @typedef {import("../protocol.js").Chances} Chances */
/** @typedef {import("../components/game-cards.js").LiveCard} LiveCard */

/** A burst of openings and closings is answered by one new look. */
const GATHER_MS = 300;

const main = byId("main", HTMLElement);
const page = await openPage(main);
if (page !== null) run(page);

/** @param {import("../page-frame.js").OpenPage} page */
function run({ session, format, tenantName }) {
  const client = createClient();
  const ways = { now: () => client.serverNow(), format };
  const notices = new Notices(byId("banners", HTMLElement), { session, format });
  const results = new ResultsList(byId("results", HTMLElement), format);
  const purse = new Purse(byId("purse", HTMLElement), format);
  /** @type {(() => void)[]} */
  let leaves = [];
  document.title = `${tenantName} · Wheelhouse`;
  showConnection(byId("connection", HTMLElement), client, format);

  /** @param {TenantSnapshot} snapshot */
  function show(snapshot) {
    leaves.splice(0).forEach((leave) => leave());
    main.removeAttribute("aria-busy");
    notices.catchUp(snapshot.announcements, client.serverNow());
    showWheels(snapshot.wheels);
    const games = [
      ...snapshot.jackpots.map(followPool),
      ...snapshot.tournaments.map((tournament) => follow(`tournament:${tournament.id}`, tournamentCard(tournament, ways))),
      ...snapshot.raffles.map((raffle) => follow(`raffle:${raffle.id}`, raffleCard(raffle, ways))),
    ];
    fill(byId("games", HTMLElement), games.length > 0 ? games : el("li", { class: "empty" }, "Jackpots, tournaments and raffles will stand here as soon as one opens."));
  }

  /**
   * @param {string} channel
   * @param {LiveCard} card
   */
  function follow(channel, card) {
    leaves.push(client.subscribe(channel, { event: (_name, data) => card.move(data) }));
    return card.element;
  }

  /** @param {import("../protocol.js").JackpotBrief} jackpot */
  function followPool(jackpot) {
    const card = jackpotCard(jackpot, ways);
    leaves.push(followJackpot(client, jackpot.id, { pool: card.move }));
    return card.element;
  }

  followTenant(client, { look: show, anew: true, event: (name, data) => void (name === "announcement" && notices.tell(data)) });
  client.subscribe("user", {
    snapshot: (snapshot) => {
      showChances(snapshot.chances);
      void readPurse();
    },
    event: (name, data) => {
      if (name === "chance.changed") showChances(data);
      else if (name === "reward.changed") purse.change(data);
      else if (name === "spin.result") void pastSpins().then((spins) => results.set(spins), () => undefined);
    },
  });
  client.addEventListener("state", () => {
    if (client.state.name !== "ended") return;
    showBanner(byId("banners", HTMLElement), client.state.reason ?? "You are signed off.", { action: { label: "Load again", act: () => location.reload() } });
  });
  void client.connect().catch(() => undefined);
  void pastSpins().then((spins) => results.set(spins), () => results.set([]));

  async function readPurse() {
    const { items } = await callAs("/api/v1/rewards?limit=20").catch(() => ({ items: [] }));
    purse.set(items);
  }

  /** @param {Chances} chances */
  function showChances({ remaining }) {
    byId("chances", HTMLElement).textContent = format.integer(remaining);
    byId("chances-word", HTMLElement).textContent = remaining === 1 ? "spin left" : "spins left";
  }
}

/** @param {import("../protocol.js").WheelBrief[]} wheels */
function showWheels(wheels) {
  const place = byId("wheels", HTMLElement);
  if (wheels.length === 0) {
    fill(place, el("li", { class: "empty" }, "No wheel is open just now. One will stand here as soon as it opens; you need not load the page again."));
    return;
  }
  const cards = wheels.map((wheel) => ({ wheel, ...wheelCard(wheel) }));
  fill(place, cards.map((card) => card.element));
  for (const { wheel, canvas, description } of cards) {
    void callAs(`/api/v1/wheels/${wheel.id}`).then((whole) => {
      description.textContent = whole.wheel_description ?? "";
      return paintThumb(canvas, whole, 160);
    }, () => undefined);
  }
}
