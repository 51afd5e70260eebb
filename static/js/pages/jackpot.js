import { showBanner } from "../components/banner.js";
import { showConnection } from "../components/connection-badge.js";
import { showEvents, showJackpotStanding, showMessages, showTiers } from "../components/jackpot-facts.js";
import { rollTo } from "../components/odometer.js";
import { TicketForm } from "../components/ticket-form.js";
import { TicketList } from "../components/ticket-list.js";
import { byId } from "../dom.js";
import { followJackpot } from "../jackpot-follower.js";
import { Notices } from "../notices.js";
import { openPage, showProblem } from "../page-frame.js";
import { callAs, createClient } from "../session.js";

/** @typedef {import("../protocol.js").JackpotSnapshot} JackpotSnapshot */

const MESSAGES_KEPT = 20;

const main = byId("main", HTMLElement);
const page = await openPage(main);
if (page !== null) run(page);

/** @param {import("../page-frame.js").OpenPage} page */
function run({ session, format }) {
  const id = decodeURIComponent(location.pathname.split("/")[3] ?? "");
  const client = createClient();
  const ways = { now: () => client.serverNow(), format };
  const notices = new Notices(byId("banners", HTMLElement), { session, format });
  const tickets = new TicketList(byId("tickets", HTMLElement), format);
  const form = new TicketForm(byId("ticket", HTMLFormElement), format, (ticket) => tickets.take([ticket]));
  /** @type {JackpotSnapshot | null} */
  let known = null;
  showConnection(byId("connection", HTMLElement), client, format);

  followJackpot(client, id, {
    snapshot: (snapshot) => {
      known = snapshot;
      main.removeAttribute("aria-busy");
      document.title = `${snapshot.jackpot.jackpot_title} · Wheelhouse`;
      byId("jackpot-title", HTMLElement).textContent = snapshot.jackpot.jackpot_title;
      byId("jackpot-description", HTMLElement).textContent = snapshot.jackpot.jackpot_description ?? "";
      showEvents(byId("events", HTMLElement), snapshot.events, format);
      form.show(snapshot.jackpot, snapshot.events);
      void showTickets();
      showTerms();
      showJackpotStanding(byId("standing", HTMLElement), snapshot.jackpot, ways);
      showWords();
      notices.catchUp(snapshot.messages.map(noticeOf), client.serverNow());
    },
    pool: ({ pool_amount, currency, version }) => {
      const place = byId("pool", HTMLElement);
      place.dataset.version = String(version);
      rollTo(place, format.money(pool_amount, currency));
      if (known !== null) showTiers(byId("prizes", HTMLElement), known.prizes, { pool: pool_amount, currency, format });
    },
    event: (name, data) => {
      if (known === null) return;
      if (name === "jackpot.message") {
        known.messages = [data, ...known.messages].slice(0, MESSAGES_KEPT);
        showWords();
        notices.tell(noticeOf(data));
      } else if (name === "announcement") notices.tell(data);
      else if (name === "jackpot.status") {
        known.jackpot = { ...known.jackpot, ...data };
        form.show(known.jackpot, known.events);
        showJackpotStanding(byId("standing", HTMLElement), known.jackpot, ways, data.reason);
      }
    },
    end: (_code, message) => showProblem(main, message),
  });
  client.subscribe("user", { event: (name, data) => name === "ticket.changed" && data.ticket.jackpot_id === id && tickets.take([data.ticket]) });
  client.subscribe("tenant", {
    snapshot: ({ announcements }) => notices.catchUp(announcements, client.serverNow()),
    event: (name, data) => name === "announcement" && notices.tell(data),
  });
  client.addEventListener("state", () => {
    if (client.state.name !== "ended") return;
    showBanner(byId("banners", HTMLElement), client.state.reason ?? "You are signed off.", { action: { label: "Load again", act: () => location.reload() } });
  });
  void client.connect().catch(() => undefined);

  /** @param {import("../protocol.js").JackpotMessage} message */
  function noticeOf({ id, message, sent_at }) {
    return { id, message, sent_at, from: known?.jackpot.jackpot_title };
  }

  async function showTickets() {
    const answer = await callAs(`/api/v1/jackpots/${id}/tickets?limit=50`).catch(() => null);
    if (answer !== null) tickets.take(answer.items);
  }

  function showTerms() {
    if (known === null) return;
    const { jackpot, ticket_count } = known;
    const tickets = ticket_count === 1 ? "one ticket is in" : `${format.integer(ticket_count)} tickets are in`;
    byId("terms", HTMLElement).textContent = `A line costs ${format.money(jackpot.jackpot_stake, jackpot.currency)}; ${tickets}.`;
  }

  function showWords() {
    if (known !== null) showMessages(byId("messages", HTMLElement), known.messages, format, "What the house has to say about this jackpot will stand here, and at the top until you have read it.");
  }
}
