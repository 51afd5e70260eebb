import { showBanner } from "../components/banner.js";
import { showConnection } from "../components/connection-badge.js";
import { rollTo } from "../components/odometer.js";
import { RaffleForm } from "../components/raffle-form.js";
import { RaffleTickets, showDraws, showRaffleStanding } from "../components/raffle-facts.js";
import { byId } from "../dom.js";
import { Notices } from "../notices.js";
import { openPage, showProblem } from "../page-frame.js";
import { callAs, createClient } from "../session.js";

/** @typedef {import("../protocol.js").RaffleSnapshot} RaffleSnapshot */
/** @typedef {import("../protocol.js").RaffleSold} RaffleSold */

const main = byId("main", HTMLElement);
const page = await openPage(main);
if (page !== null) run(page);

/** @param {import("../page-frame.js").OpenPage} page */
function run({ session, format }) {
  const id = decodeURIComponent(location.pathname.split("/")[3] ?? "");
  const client = createClient();
  const ways = { now: () => client.serverNow(), format };
  const notices = new Notices(byId("banners", HTMLElement), { session, format });
  const tickets = new RaffleTickets(byId("tickets", HTMLElement));
  const form = new RaffleForm(byId("buy", HTMLFormElement), format, (bought) => tickets.take(bought));
  /** @type {import("../protocol.js").RaffleView | null} */
  let known = null;
  let version = -1;
  showConnection(byId("connection", HTMLElement), client, format);

  client.subscribe(`raffle:${id}`, {
    snapshot: (/** @type {RaffleSnapshot} */ { raffle, draws, sold }) => {
      known = raffle;
      main.removeAttribute("aria-busy");
      document.title = `${raffle.campaign_name} · Wheelhouse`;
      byId("raffle-title", HTMLElement).textContent = raffle.campaign_name;
      byId("raffle-description", HTMLElement).textContent = raffle.campaign_description ?? "";
      showDraws(byId("draws", HTMLElement), draws, format);
      showRaffleStanding(byId("standing", HTMLElement), raffle, ways);
      version = -1;
      take(sold);
      form.show(raffle);
      void showTickets();
    },
    event: (name, data) => {
      if (known === null) return;
      if (name === "raffle.sold") take(data);
      else if (name === "announcement") notices.tell(data);
      else if (name === "raffle.status") {
        const moved = (known = { ...known, ...data });
        showRaffleStanding(byId("standing", HTMLElement), moved, ways, data.reason);
        form.show(moved);
      }
    },
    end: (_code, message) => showProblem(main, message),
  });
  client.subscribe("user", {
    event: (name, data) => name === "raffle.tickets" && tickets.take(data.raffle_tickets.filter((/** @type {any} */ one) => one.raffle_id === id)),
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

  /** What is newer, whichever way it came. @param {RaffleSold} sold */
  function take(sold) {
    if (sold.version <= version || known === null) return;
    version = sold.version;
    known = { ...known, sold_tickets: sold.sold_tickets };
    const place = byId("sold", HTMLElement);
    place.dataset.version = String(version);
    rollTo(place, format.integer(sold.sold_tickets));
    const left = sold.total_tickets === null ? null : sold.total_tickets - sold.sold_tickets;
    const price = known.ticket_price === 0 ? "They are free." : `Each costs ${format.money(known.ticket_amount, known.currency)}.`;
    byId("left", HTMLElement).textContent = `${left === null ? "There are as many as are wanted." : left === 0 ? "All tickets are sold." : `${format.integer(left)} of ${format.integer(sold.total_tickets ?? 0)} are left.`} ${price}`;
    form.show(known);
  }

  async function showTickets() {
    const answer = await callAs(`/api/v1/raffles/${id}/tickets?limit=200`).catch(() => null);
    if (answer !== null) tickets.take(answer.items);
  }
}
