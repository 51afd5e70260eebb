import { wordsOf } from "../api.js";
import { showToast } from "../components/banner.js";
import { showConnection } from "../components/connection-badge.js";
import { deskEmpty, showDeskProblem } from "../components/desk-table.js";
import { SpinVoiding } from "../components/spin-voiding.js";
import { takenBack } from "../components/void-consent.js";
import { countVoids } from "../components/waiting-counts.js";
import { DeskList } from "../desk-list.js";
import { byId, el, fill } from "../dom.js";
import { openPage } from "../page-frame.js";
import { createClient } from "../session.js";

/** @typedef {import("../protocol.js").SpinVoid} SpinVoid */

const PAGE = 50;
/** A burst of voids is answered by one new look. */
const GATHER_MS = 300;
/** How a void's status is said. @type {Record<string, string>} */
const STATUSES = { requested: "waits for consent", voided: "voided", withdrawn: "withdrawn" };

const main = byId("main", HTMLElement);
const page = await openPage(main, "operator");
if (page !== null) run(page.format);

/** @param {import("../format.js").Format} format */
function run(format) {
  const client = createClient();
  const voiding = new SpinVoiding({ done: () => look(true), refused: (problem) => showToast(byId("notes", HTMLElement), wordsOf(problem)) });
  let gathering = 0;
  const waiting = listAt("waiting", "Voids that wait for consent", "No void waits for consent. A spin is voided on its own page; where much is at stake, it stands here until another operator consents.");
  const all = listAt("all", "Voids", "No such voids. What operators void will stand here.");
  showConnection(byId("connection", HTMLElement), client, format);
  client.subscribe("operator", { snapshot: soon, event: (name) => void (name.startsWith("void.") && soon()) });
  void client.connect().catch(() => undefined);
  void look();

  function soon() {
    clearTimeout(gathering);
    gathering = setTimeout(() => void look(), GATHER_MS);
  }

  /** @param {boolean} [whole] also where further pages were read, which are then shut */
  async function look(whole = false) {
    await Promise.all([...[waiting, all].map((list) => (whole || list.atStart) && list.look()), countVoids()]);
    main.removeAttribute("aria-busy");
  }

  /** @param {string} id @param {string} label @param {string} empty @returns {DeskList<SpinVoid>} */
  function listAt(id, label, empty) {
    const place = byId(id, HTMLElement);
    return new DeskList("/api/v1/spin-voids", {
      form: byId(`${id}-filter`, HTMLFormElement),
      more: byId(`${id}-more`, HTMLButtonElement),
      size: PAGE,
      show: (voids) => fill(place, voids.length > 0 ? el("ul", { class: "alert-list", "aria-label": label }, voids.map((one) => item(one, id === "waiting"))) : deskEmpty(empty)),
      failed: (problem) => showDeskProblem(place, problem),
    });
  }

  /** @param {SpinVoid} one @param {boolean} movable whether it is decided here */
  function item(one, movable) {
    const { session_id, user_id, reward, void_status, void_reason, requested_by, requested_at, decided_by, decided_at } = one;
    const back = void_status === "requested" ? "It would take back" : void_status === "voided" ? "It took back" : "It would have taken back";
    return el(
      "li",
      {},
      el("p", { class: "alert-head" }, el("b", {}, el("bdi", {}, reward.label)), el("span", { class: "status", "data-status": void_status }, STATUSES[void_status] ?? void_status), el("span", {}, "of ", el("bdi", {}, user_id))),
      el("p", {}, `${back}: ${takenBack(reward, format)}.`),
      el("p", { class: "note" }, el("bdi", {}, requested_by), ` asked ${format.moment(requested_at)}: “${void_reason}”`),
      decided_at && el("p", { class: "note" }, el("bdi", {}, decided_by), ` ${void_status === "voided" ? "voided" : "withdrew"} it ${format.moment(decided_at)}.`),
      el("p", { class: "desk-moves" }, movable && voiding.movesOf(one, "button small"), el("a", { class: "button quiet small", href: `/console/spins/${session_id}` }, "The spin")),
    );
  }
}
