import { wordsOf } from "../api.js";
import { Attempt } from "../attempt.js";
import { showToast } from "../components/banner.js";
import { confirmed } from "../components/confirm.js";
import { showConnection } from "../components/connection-badge.js";
import { showEvents, showJackpotStanding, showMessages, showTiers } from "../components/jackpot-facts.js";
import { rollTo } from "../components/odometer.js";
import { TermsForm } from "../components/terms-form.js";
import { byId, el, fill } from "../dom.js";
import { followJackpot } from "../jackpot-follower.js";
import { othersAt } from "../listeners.js";
import { openPage, showProblem } from "../page-frame.js";
import { createClient } from "../session.js";

/** @typedef {import("../protocol.js").JackpotSnapshot} JackpotSnapshot */
/** @typedef {{to: string, label: string, quiet?: boolean, reason?: boolean, words: (who: string) => string}} Move */

/** What an operator may do next, by status. @type {Record<string, Move[]>} */
const MOVES = {
  draft: [{ to: "open", label: "Open", words: () => "Players see it and its pool from now on. What is to be called and its prizes stand." }],
  open: [{ to: "locked", label: "Close picks", words: (who) => `No more picks are taken from now on. ${who} will see it at once. It cannot be opened again.` }],
};
/** @type {Move} */
const CANCEL = { to: "cancelled", label: "Cancel it", quiet: true, reason: true, words: (who) => `It ends without winners. ${who} will see it at once, with your reason. This cannot be undone.` };
const MESSAGES_KEPT = 20;
const LISTENING_EVERY_MS = 5_000;

const main = byId("main", HTMLElement);
const page = await openPage(main, "operator");
if (page !== null) run(page.format);

/** @param {import("../format.js").Format} format */
function run(format) {
  const id = decodeURIComponent(location.pathname.split("/")[3] ?? "");
  const base = `/api/v1/jackpots/${id}`;
  const channel = `jackpot:${id}`;
  const client = createClient();
  const ways = { now: () => client.serverNow(), format };
  const pooling = new Attempt();
  const telling = new Attempt();
  const moving = new Attempt();
  const terms = new TermsForm(base, (changed) => show({ jackpot: { ...known?.jackpot, ...changed } }));
  /** @type {JackpotSnapshot | null} */
  let known = null;
  showConnection(byId("connection", HTMLElement), client, format);

  followJackpot(client, id, {
    snapshot: (snapshot) => {
      main.removeAttribute("aria-busy");
      known = snapshot;
      showEvents(byId("events", HTMLElement), snapshot.events, format);
      show({});
    },
    pool: (pool) => {
      const place = byId("pool", HTMLElement);
      place.dataset.version = String(pool.version);
      rollTo(place, format.money(pool.pool_amount, pool.currency));
      if (known === null) return;
      known.pool = pool;
      showTiers(byId("prizes", HTMLElement), known.prizes, { pool: pool.pool_amount, currency: pool.currency, format });
    },
    event: (name, data) => {
      if (known === null) return;
      if (name === "jackpot.message") show({ messages: [data, ...known.messages].slice(0, MESSAGES_KEPT) });
      else if (name === "jackpot.status") show({ jackpot: { ...known.jackpot, ...data } });
    },
    end: (_code, message) => showProblem(main, message),
  });
  void client.connect().catch(() => undefined);
  client.addEventListener("state", () => void count());
  setInterval(() => void count(), LISTENING_EVERY_MS);

  onSubmit("move-pool", "pool-problem", movePool);
  onSubmit("broadcast", "broadcast-problem", broadcast);

  /** @param {any} changed */
  function show(changed) {
    if (known === null) return;
    known = { ...known, ...changed };
    const { jackpot, messages } = /** @type {JackpotSnapshot} */ (known);
    const status = jackpot.jackpot_status;
    document.title = `${jackpot.jackpot_title} · Wheelhouse`;
    byId("jackpot-title", HTMLElement).textContent = jackpot.jackpot_title;
    showJackpotStanding(byId("standing", HTMLElement), jackpot, ways);
    showMessages(byId("messages", HTMLElement), messages, format, "What you tell the players will stand here.");
    showTerms(jackpot);
    terms.read(jackpot);
    const place = byId("moves", HTMLElement);
    // A button that is put in anew while it is pressed is not pressed.
    if (place.dataset.status === status) return;
    place.dataset.status = status;
    const moves = [...(MOVES[status] ?? []), ...(["draft", "open", "locked"].includes(status) ? [CANCEL] : [])];
    fill(place, moves.map((move) => el("button", { class: move.quiet ? "button quiet" : "button", type: "button", onclick: () => void carryOut(move) }, move.label)));
    for (const name of ["add", "set"]) disable(`#move-pool [value="${name}"]`, !["draft", "open", "locked"].includes(status), "The pool stands: picks are closed for good.");
  }

  /** @param {import("../protocol.js").JackpotView} jackpot */
  function showTerms({ jackpot_description, jackpot_id, jackpot_stake, currency, start_time, end_time }) {
    const facts = [["Code", jackpot_id], ["A line costs", format.money(jackpot_stake, currency)], ["Starts", format.moment(start_time)], ["Ends", format.moment(end_time)], ["Description", jackpot_description ?? "none"]];
    fill(byId("terms", HTMLElement), facts.map(([name, value]) => el("div", {}, el("dt", {}, `${name} `), el("dd", {}, value))));
  }

  async function count() {
    const place = byId("listening", HTMLElement);
    if (client.state.name !== "live" || document.visibilityState === "hidden") return;
    const who = await othersAt(client, channel, format);
    place.textContent = who === null ? "" : `Open now to ${who}.`;
  }

  /** Who will see what is done now. */
  async function audience() {
    const who = await othersAt(client, channel, format);
    return who === null ? "Everybody who has this jackpot open" : `Everybody who has this jackpot open (now ${who})`;
  }

  /** @param {Move} move */
  async function carryOut({ to, label, words, reason }) {
    const said = await confirmed({ label, words: words(await audience()), reason });
    if (said === null) return;
    try {
      show({ jackpot: { ...known?.jackpot, ...rowOf(await moving.post(`${base}/status`, said ? { to, reason: said } : { to })) } });
    } catch (problem) {
      showToast(byId("notes", HTMLElement), wordsOf(problem));
    }
  }

  /** @param {HTMLFormElement} form @param {string} way */
  async function movePool(form, way) {
    if (known === null) return;
    const amount = String(new FormData(form).get("amount")).trim();
    const { pool_amount, currency } = known.pool;
    const written = format.money(amount, currency);
    const words = way === "set" ? `The pool goes from ${format.money(pool_amount, currency)} to ${written}.` : `${written} is added to the pool of ${format.money(pool_amount, currency)}.`;
    if ((await confirmed({ label: way === "set" ? "Set the pool" : "Add to the pool", words: `${words} ${await audience()} will see it at once.` })) === null) return;
    await pooling.post(`${base}/pool`, way === "set" ? { pool_amount: amount } : { add: amount });
    form.reset();
  }

  /** @param {HTMLFormElement} form */
  async function broadcast(form) {
    const message = String(new FormData(form).get("message")).trim();
    const words = `${await audience()} will see this at the top of the page until it is read. It cannot be taken back.`;
    if ((await confirmed({ label: "Broadcast", words, quote: message })) === null) return;
    await telling.post(`${base}/broadcast`, { message });
    form.reset();
  }
}

/** A move answers with the row, with its parts or without. @param {any} answer */
function rowOf({ events: _events, prizes: _prizes, ...row }) {
  return row;
}

/**
 * @param {string} id of a form
 * @param {string} problemId where it says what went wrong
 * @param {(form: HTMLFormElement, way: string) => Promise<void>} act
 */
function onSubmit(id, problemId, act) {
  const form = byId(id, HTMLFormElement);
  const place = byId(problemId, HTMLElement);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    place.textContent = "";
    const way = /** @type {HTMLButtonElement | null} */ (event.submitter)?.value ?? "";
    act(form, way).catch((problem) => (place.textContent = wordsOf(problem)));
  });
}

/** @param {string} selector @param {boolean} stands @param {string} why */
function disable(selector, stands, why) {
  const button = /** @type {HTMLButtonElement} */ (document.querySelector(selector));
  button.disabled = stands;
  button.title = stands ? why : "";
}
