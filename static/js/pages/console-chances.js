import { wordsOf } from "../api.js";
import { Attempt } from "../attempt.js";
import { KINDS, kindOptions, termsOf } from "../chance-terms.js";
import { showToast } from "../components/banner.js";
import { confirmed } from "../components/confirm.js";
import { showConnection } from "../components/connection-badge.js";
import { deskEmpty, deskTable, showDeskProblem } from "../components/desk-table.js";
import { offerGivingToMany } from "../components/give-many.js";
import { SPIN_STATUSES } from "../components/spin-facts.js";
import { DeskList, takeAsked } from "../desk-list.js";
import { byId, el, fill } from "../dom.js";
import { openPage } from "../page-frame.js";
import { callAs, createClient } from "../session.js";
import { wheelNames } from "../wheel-names.js";

/** @typedef {import("../protocol.js").Grant} Grant */

/** How a grant's status is said. @type {Record<string, string>} */
const STATUSES = { active: "to be used", exhausted: "used up", expired: "expired", revoked: "taken back" };
const PAGE = 50;

const main = byId("main", HTMLElement);
const page = await openPage(main, "operator");
if (page !== null) await run(page.format);

/** @param {import("../format.js").Format} format */
async function run(format) {
  const client = createClient();
  const place = byId("chances", HTMLElement);
  const filter = byId("filter", HTMLFormElement);
  const taking = new Attempt();
  /** @type {DeskList<Grant>} */
  const list = new DeskList("/api/v1/chances", { form: filter, more: byId("more", HTMLButtonElement), size: PAGE, show, failed: (problem) => showDeskProblem(place, problem) });
  showConnection(byId("connection", HTMLElement), client, format);
  void client.connect().catch(() => undefined);
  const wheels = await wheelNames();
  /** @type {HTMLSelectElement} */ (filter.elements.namedItem("chance_type")).append(...kindOptions());
  takeAsked(filter);
  offerGiving();
  offerGivingToMany({ format, wheels, given: () => void list.look() });
  await list.look();
  main.removeAttribute("aria-busy");

  /** @param {Grant[]} grants */
  function show(grants) {
    const heads = ["Given", "Player", "Why", "Left", "Where", "To use until", "Status", ""];
    fill(place, grants.length > 0 ? deskTable("Chances", heads, grants.map(row), { figures: [3] }) : deskEmpty("No such chances. What players are given to spin with will stand here."));
  }

  /** @param {Grant} grant */
  function row(grant) {
    const { user_id, chance_type, chance_status, award_reason, chance_count, used_chances, remaining_chances, awarded_at, expires_at, chance_metadata } = grant;
    const where = chance_metadata.wheels?.map((id) => wheels.get(id) ?? "a wheel").join(", ") ?? "every wheel";
    return el(
      "tr",
      {},
      el("td", {}, format.moment(awarded_at)),
      el("th", { scope: "row" }, el("a", { href: `/console/spins?user_id=${encodeURIComponent(user_id)}` }, user_id)),
      el("td", {}, el("bdi", {}, award_reason), el("p", { class: "note" }, KINDS[chance_type] ?? chance_type)),
      el("td", { class: "figure" }, `${format.integer(remaining_chances)} of ${format.integer(chance_count)}`),
      el("td", {}, where),
      el("td", {}, expires_at === null ? "no end" : format.moment(expires_at)),
      el("td", {}, el("span", { class: "status", "data-status": chance_status }, STATUSES[chance_status] ?? chance_status)),
      el(
        "td",
        {},
        el(
          "span",
          { class: "desk-moves" },
          used_chances > 0 && el("button", { class: "button quiet small", type: "button", onclick: () => void showUses(grant) }, "Its spins"),
          chance_status === "active" && el("button", { class: "button quiet small", type: "button", onclick: () => void takeBack(grant) }, "Take back"),
        ),
      ),
    );
  }

  /** The spins that a grant was spent on. @param {Grant} grant */
  async function showUses({ id, user_id }) {
    const note = byId("uses-note", HTMLElement);
    fill(byId("uses-list", HTMLElement));
    note.textContent = "";
    byId("uses", HTMLDialogElement).showModal();
    try {
      const { uses, next_cursor } = await callAs(`/api/v1/chances/${id}?limit=${PAGE}`);
      fill(byId("uses-list", HTMLElement), uses.map(useLine));
      if (next_cursor !== null) fill(note, "The newest are here. ", el("a", { href: `/console/spins?user_id=${encodeURIComponent(user_id)}` }, "All spins of the player"));
    } catch (problem) {
      note.textContent = wordsOf(problem);
    }
  }

  /** @param {{session_id: string, wheel_game_id: string, spin_status: string, spin_started_at: string}} use */
  function useLine({ session_id, wheel_game_id, spin_status, spin_started_at }) {
    return el("li", {}, el("a", { href: `/console/spins/${session_id}` }, format.moment(spin_started_at)), el("span", {}, wheels.get(wheel_game_id) ?? "a wheel"), el("span", { class: "status", "data-status": spin_status }, SPIN_STATUSES[spin_status] ?? spin_status));
  }

  /** @param {Grant} grant */
  async function takeBack({ id, user_id, remaining_chances }) {
    const count = remaining_chances === 1 ? "one chance" : `${format.integer(remaining_chances)} chances`;
    const reason = await confirmed({ label: "Take back", words: `${user_id} loses ${count} of this grant, and sees it at once. This cannot be undone; chances may be given anew. The reason is kept in the audit trail.`, reason: true });
    if (reason === null) return;
    try {
      await taking.post(`/api/v1/chances/${id}/revoke`, { reason });
    } catch (problem) {
      showToast(byId("notes", HTMLElement), wordsOf(problem));
    }
    await list.look();
  }

  function offerGiving() {
    const dialog = byId("give", HTMLDialogElement);
    const form = byId("give-form", HTMLFormElement);
    const attempt = new Attempt();
    const [kind, wheel] = ["chance_type", "wheel"].map((name) => /** @type {HTMLSelectElement} */ (form.elements.namedItem(name)));
    kind.append(...kindOptions());
    wheel.append(...[...wheels].map(([id, name]) => el("option", { value: id }, name)));
    byId("new", HTMLButtonElement).addEventListener("click", () => dialog.showModal());
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const problem = byId("give-problem", HTMLElement);
      problem.textContent = "";
      give(attempt, grantOf(new FormData(form))).then((given) => given && form.reset(), (refusal) => (problem.textContent = wordsOf(refusal)));
    });

    /** @param {Attempt} attempt @param {Record<string, any>} grant */
    async function give(attempt, grant) {
      const count = grant.chance_count === 1 ? "one chance" : `${format.integer(grant.chance_count)} chances`;
      const where = grant.chance_metadata ? `on ${wheels.get(grant.chance_metadata.wheels[0])}` : "on every wheel";
      const words = `${grant.user_id} gets ${count} to spin ${where}, and sees it at once.`;
      if ((await confirmed({ label: "Give", words })) === null) return false;
      await attempt.post("/api/v1/chances", grant);
      dialog.close();
      showToast(byId("notes", HTMLElement), `${grant.user_id} has got ${count}.`);
      await list.look();
      return true;
    }
  }
}

/** @param {FormData} form */
function grantOf(form) {
  return { user_id: String(form.get("user_id")).trim(), chance_count: Number(form.get("chance_count")), ...termsOf(form) };
}
