import { showConnection } from "../components/connection-badge.js";
import { deskEmpty, deskTable, showDeskProblem } from "../components/desk-table.js";
import { FigureCards } from "../components/figure-cards.js";
import { SPIN_STATUSES, outcomeOf } from "../components/spin-facts.js";
import { DeskList, takeAsked } from "../desk-list.js";
import { byId, el, fill } from "../dom.js";
import { openPage } from "../page-frame.js";
import { altogether, followPlay, showPlay } from "../play-figures.js";
import { createClient } from "../session.js";
import { wheelNames } from "../wheel-names.js";

/** @typedef {import("../protocol.js").Play} Play */

const PAGE = 50;
const LOOK_EVERY_MS = 5_000;

const main = byId("main", HTMLElement);
const page = await openPage(main, "operator");
if (page !== null) run(page.format);

/** @param {import("../format.js").Format} format */
function run(format) {
  const client = createClient();
  const filter = byId("filter", HTMLFormElement);
  const place = byId("spins", HTMLElement);
  const figures = new FigureCards(byId("figures", HTMLElement), ["pace", "hits"]);
  /** @type {Map<string, string>} */
  let wheels = new Map();
  /** @type {DeskList<Play>} */
  const list = new DeskList("/api/v1/spins", { form: filter, more: byId("more", HTMLButtonElement), size: PAGE, show, failed: (problem) => showDeskProblem(place, problem) });
  showConnection(byId("connection", HTMLElement), client, format);
  void client.connect().catch(() => undefined);
  followPlay((found) => showPlay(figures, altogether(found.values()), format));
  setInterval(() => {
    if (document.visibilityState === "visible" && list.atStart) void list.look();
  }, LOOK_EVERY_MS);
  void begin();

  async function begin() {
    wheels = await wheelNames();
    const select = /** @type {HTMLSelectElement} */ (filter.elements.namedItem("wheel_game_id"));
    select.append(...[...wheels].map(([id, name]) => el("option", { value: id }, name)));
    takeAsked(filter);
    await list.look();
    main.removeAttribute("aria-busy");
  }

  /** @param {Play[]} plays */
  function show(plays) {
    const heads = ["Begun", "Player", "Wheel", "Status", "Outcome", "Paid"];
    fill(place, plays.length > 0 ? deskTable("Spins", heads, plays.map(row), { figures: [5] }) : deskEmpty("No such spins. What players spin will stand here."));
  }

  /** @param {Play} play */
  function row(play) {
    const { session_id, user_id, wheel_game_id, spin_status, started_at, paid_amount } = play;
    const paid = paid_amount !== null && Number(paid_amount) > 0 ? format.money(paid_amount) : "–";
    return el(
      "tr",
      {},
      el("th", { scope: "row" }, el("a", { href: `/console/spins/${session_id}` }, format.moment(started_at))),
      el("td", {}, el("bdi", {}, user_id)),
      el("td", {}, el("a", { href: `/console/wheels/${wheel_game_id}` }, wheels.get(wheel_game_id) ?? "a wheel")),
      el("td", {}, el("span", { class: "status", "data-status": spin_status }, SPIN_STATUSES[spin_status] ?? spin_status)),
      el("td", {}, outcomeOf(play)),
      el("td", { class: "figure" }, paid),
    );
  }
}
