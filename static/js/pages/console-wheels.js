import { showConnection } from "../components/connection-badge.js";
import { deskEmpty, deskTable, showDeskProblem } from "../components/desk-table.js";
import { WHEEL_STATUSES } from "../components/wheel-facts.js";
import { NewWheel } from "../components/new-wheel.js";
import { DeskList } from "../desk-list.js";
import { byId, el, fill } from "../dom.js";
import { openPage } from "../page-frame.js";
import { followPlay, hitRate } from "../play-figures.js";
import { createClient } from "../session.js";
import { followTenant } from "../tenant-follower.js";

/** @typedef {import("../protocol.js").Wheel} Wheel */

const PAGE = 25;

const main = byId("main", HTMLElement);
const page = await openPage(main, "operator");
if (page !== null) run(page.format);

/** @param {import("../format.js").Format} format */
function run(format) {
  const client = createClient();
  const filter = byId("filter", HTMLFormElement);
  const place = byId("wheels", HTMLElement);
  /** @type {Map<string, import("../play-figures.js").WheelFigures>} */
  let figures = new Map();
  /** @type {DeskList<Wheel>} */
  const list = new DeskList("/api/v1/wheels", { form: filter, more: byId("more", HTMLButtonElement), size: PAGE, show, failed: (problem) => showDeskProblem(place, problem) });
  showConnection(byId("connection", HTMLElement), client, format);
  followTenant(client, { look: () => void list.look(), anew: false });
  void client.connect().catch(() => undefined);
  followPlay((found) => {
    figures = found;
    for (const row of document.querySelectorAll("#wheels tr[data-wheel]")) showFigures(/** @type {HTMLElement} */ (row));
  });
  new NewWheel(format.currency ?? "EUR");
  void list.look().then(() => main.removeAttribute("aria-busy"));

  /** @param {Wheel[]} wheels */
  function show(wheels) {
    const asked = new FormData(filter);
    const none = asked.get("words") || asked.get("wheel_status") ? "No wheel is like that." : "No wheel yet. Make a draft, and open it when it is as you want it.";
    const heads = ["Wheel", "Status", "Segments", "Spins a second", "Hit rate", "Version", "Made"];
    fill(place, wheels.length > 0 ? deskTable("Wheels", heads, wheels.map(row), { figures: [2, 3, 4, 5] }) : deskEmpty(none));
  }

  /** @param {Wheel} wheel */
  function row({ id, wheel_name, wheel_slug, wheel_status, version_number, rewards, created_at }) {
    const made = el(
      "tr",
      { "data-wheel": id },
      el("th", { scope: "row" }, el("a", { href: `/console/wheels/${id}` }, wheel_name), el("small", { class: "note" }, wheel_slug)),
      el("td", {}, el("span", { class: "status", "data-status": wheel_status }, WHEEL_STATUSES[wheel_status] ?? wheel_status)),
      el("td", { class: "figure" }, format.integer(rewards?.length ?? 0)),
      el("td", { class: "figure", "data-figure": "pace" }),
      el("td", { class: "figure", "data-figure": "hits" }),
      el("td", { class: "figure" }, version_number ?? "–"),
      el("td", {}, format.moment(created_at)),
    );
    showFigures(made);
    return made;
  }

  /** @param {HTMLElement} row */
  function showFigures(row) {
    const found = figures.get(row.dataset.wheel ?? "");
    fill(/** @type {Element} */ (row.querySelector('[data-figure="pace"]')), format.decimal(found?.spins_per_second ?? 0, 1));
    fill(/** @type {Element} */ (row.querySelector('[data-figure="hits"]')), hitRate(found, format));
  }
}
