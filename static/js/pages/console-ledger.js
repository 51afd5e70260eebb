import { showConnection } from "../components/connection-badge.js";
import { deskEmpty, deskTable, showDeskProblem } from "../components/desk-table.js";
import { DeskList } from "../desk-list.js";
import { byId, el, fill } from "../dom.js";
import { openPage } from "../page-frame.js";
import { callAs, createClient } from "../session.js";

/** @typedef {import("../protocol.js").LedgerAccount} LedgerAccount */
/** @typedef {import("../protocol.js").LedgerEntry} LedgerEntry */
/** @typedef {import("../protocol.js").TrialLine} TrialLine */

const PAGE = 50;
const BASE = "/api/v1/ledger";

const main = byId("main", HTMLElement);
const page = await openPage(main, "operator");
if (page !== null) run(page.format);

/** @param {import("../format.js").Format} format */
function run(format) {
  const client = createClient();
  const filter = byId("filter", HTMLFormElement);
  const place = byId("accounts", HTMLElement);
  const entryPlace = byId("entry-list", HTMLElement);
  /** @type {DeskList<LedgerAccount>} */
  const accounts = new DeskList(`${BASE}/accounts`, {
    form: filter,
    more: byId("more", HTMLButtonElement),
    size: PAGE,
    show: (listed) => fill(place, listed.length > 0 ? accountTable(listed) : deskEmpty("No such account. One is made with the first thing that moves on it.")),
    failed: (problem) => showDeskProblem(place, problem),
  });
  /** @type {DeskList<LedgerEntry>} */
  const entries = new DeskList("", {
    form: byId("entry-filter", HTMLFormElement),
    more: byId("more-entries", HTMLButtonElement),
    size: PAGE,
    show: (listed) => fill(entryPlace, listed.length > 0 ? entryTable(listed) : deskEmpty("Nothing has moved on it.")),
    failed: (problem) => showDeskProblem(entryPlace, problem),
  });
  let currency = "";
  showConnection(byId("connection", HTMLElement), client, format);
  void client.connect().catch(() => undefined);
  void Promise.all([accounts.look(), showTrial()]).then(() => main.removeAttribute("aria-busy"));

  async function showTrial() {
    const place = byId("trial", HTMLElement);
    const verdict = byId("verdict", HTMLElement);
    try {
      const { balanced, lines, faults } = await callAs(`${BASE}/trial-balance`);
      verdict.textContent = balanced ? "Everything balances: all accounts of a currency come to zero." : `It does not balance. ${faults.join("; ")}`;
      verdict.dataset.balanced = String(balanced);
      fill(place, lines.length > 0 ? deskTable("Balances by type", ["Accounts", "How many", "Balance"], lines.map(trialRow), { figures: [1, 2] }) : deskEmpty("Nothing has moved yet. What is won and staked will stand here."));
    } catch (problem) {
      showDeskProblem(place, problem);
    }
  }

  /** @param {TrialLine} line */
  function trialRow({ account_type, currency, accounts, balance }) {
    return el("tr", {}, el("th", { scope: "row" }, account_type), el("td", { class: "figure" }, format.integer(accounts)), el("td", { class: "figure" }, format.money(balance, currency)));
  }

  /** @param {LedgerAccount[]} listed */
  function accountTable(listed) {
    return deskTable("Accounts found", ["Holder", "Type", "Balance", "Last moved", ""], listed.map(accountRow), { figures: [2] });
  }

  /** @param {LedgerAccount} account */
  function accountRow(account) {
    const { holder, account_type, balance, currency, updated_at } = account;
    return el(
      "tr",
      {},
      el("th", { scope: "row" }, el("bdi", {}, holder || "–")),
      el("td", {}, account_type),
      el("td", { class: "figure" }, format.money(balance, currency)),
      el("td", {}, format.moment(updated_at)),
      el("td", {}, el("button", { class: "button quiet small", type: "button", onclick: () => void open(account) }, "Entries")),
    );
  }

  /** @param {LedgerAccount} account */
  async function open(account) {
    currency = account.currency;
    byId("entries-title", HTMLElement).textContent = `${account.holder || account.account_type}, ${account.currency}`;
    await entries.turnTo(`${BASE}/accounts/${account.id}/entries`);
    byId("entries", HTMLDialogElement).showModal();
  }

  /** @param {LedgerEntry[]} listed */
  function entryTable(listed) {
    return deskTable("Entries", ["Transaction", "Amount", "Balance", "When"], listed.map(entryRow), { figures: [1, 2] });
  }

  /** @param {LedgerEntry} entry */
  function entryRow({ transaction_key, transaction_kind, amount, balance_after, created_at }) {
    return el(
      "tr",
      {},
      el("th", { scope: "row" }, transaction_kind, el("p", { class: "note" }, transaction_key)),
      el("td", { class: "figure" }, format.money(amount, currency)),
      el("td", { class: "figure" }, format.money(balance_after, currency)),
      el("td", {}, format.moment(created_at)),
    );
  }
}
