import { wordsOf } from "../api.js";
import { showToast } from "../components/banner.js";
import { confirmed } from "../components/confirm.js";
import { showConnection } from "../components/connection-badge.js";
import { deskEmpty, showDeskProblem } from "../components/desk-table.js";
import { blockPlayer } from "../components/player-block.js";
import { DeskList, takeAsked } from "../desk-list.js";
import { byId, el, fill } from "../dom.js";
import { openPage } from "../page-frame.js";
import { callAs, createClient } from "../session.js";

/** @typedef {import("../protocol.js").Revocation} Revocation */

const PAGE = 50;
const LOOK_EVERY_MS = 5_000;

const main = byId("main", HTMLElement);
const page = await openPage(main, "operator");
if (page !== null) run(page.format);

/** @param {import("../format.js").Format} format */
function run(format) {
  const client = createClient();
  const place = byId("blocks", HTMLElement);
  const notes = byId("notes", HTMLElement);
  const filter = byId("filter", HTMLFormElement);
  const blocking = byId("block", HTMLFormElement);
  /** @type {DeskList<Revocation>} */
  const list = new DeskList("/api/v1/revocations", {
    form: filter,
    more: byId("more", HTMLButtonElement),
    size: PAGE,
    show: (blocks) => fill(place, blocks.length > 0 ? el("ul", { class: "alert-list", "aria-label": "Blocked players" }, blocks.map(item)) : deskEmpty("No such blocks. A player is blocked below, from an alert or from a spin, and stands here until the block is lifted.")),
    failed: (problem) => showDeskProblem(place, problem),
  });
  showConnection(byId("connection", HTMLElement), client, format);
  void client.connect().catch(() => undefined);
  blocking.addEventListener("submit", (event) => {
    event.preventDefault();
    void block(String(new FormData(blocking).get("user_id")).trim());
  });
  setInterval(() => {
    if (document.visibilityState === "visible" && list.atStart) void list.look();
  }, LOOK_EVERY_MS);
  takeAsked(filter);
  void list.look().then(() => main.removeAttribute("aria-busy"));

  /** @param {Revocation} revocation */
  function item(revocation) {
    const { user_id, reason, revoked_by, issued_before, lifted_at } = revocation;
    const lift = el("button", { class: "button quiet small", type: "button", onclick: () => void liftOf(revocation) }, "Lift the block");
    return el(
      "li",
      {},
      el("p", { class: "alert-head" }, el("b", {}, el("bdi", {}, user_id)), el("span", { class: "status" }, lifted_at === null ? "blocked" : "lifted"), lifted_at && el("span", { class: "note" }, format.moment(lifted_at))),
      el("p", {}, reason),
      el("p", { class: "note" }, "By ", el("bdi", {}, revoked_by), `, ${format.moment(issued_before)}`),
      el("p", { class: "desk-moves" }, lifted_at === null && lift, el("a", { class: "button quiet small", href: `/console/spins?user_id=${encodeURIComponent(user_id)}` }, "The player's spins")),
    );
  }

  /** @param {string} player */
  async function block(player) {
    if (!(await blockPlayer(player, notes))) return;
    blocking.reset();
    await list.look();
  }

  /** @param {Revocation} revocation */
  async function liftOf({ id, user_id, reason }) {
    const words = `${user_id} may sign in and play again, at once. That you lifted it is kept in the audit trail.`;
    if ((await confirmed({ label: "Lift the block", words, quote: reason })) === null) return;
    try {
      await callAs(`/api/v1/revocations/${id}/lift`, { method: "POST" });
      showToast(notes, `${user_id} may play again.`);
    } catch (problem) {
      showToast(notes, wordsOf(problem));
    }
    await list.look();
  }
}
