import { showConnection } from "../components/connection-badge.js";
import { deskEmpty, deskTable, showDeskProblem } from "../components/desk-table.js";
import { FigureCards } from "../components/figure-cards.js";
import { SPIN_STATUSES, outcomeOf } from "../components/spin-facts.js";
import { byId, el, fill } from "../dom.js";
import { openPage } from "../page-frame.js";
import { altogether, followPlay, showPlay } from "../play-figures.js";
import { callAs, createClient } from "../session.js";

/** @typedef {import("../protocol.js").Play} Play */
/** @typedef {import("../protocol.js").Wheel} Wheel */

const PAGE = 50;
const MOST_WHEELS = 200;
const LOOK_EVERY_MS = 5_000;
/** Letters of a player's id are awaited before the list is asked for anew. */
const TYPING_MS = 300;

const main = byId("main", HTMLElement);
const page = await openPage(main, "operator");
if (page !== null) run(page.format);

/** @param {import("../format.js").Format} format */
function run(format) {
  const client = createClient();
  const filter = byId("filter", HTMLFormElement);
  const more = byId("more", HTMLButtonElement);
  const figures = new FigureCards(byId("figures", HTMLElement), ["pace", "hits"]);
  /** @type {Map<string, string>} */
  const wheels = new Map();
  /** @type {Play[]} */
  let listed = [];
  /** @type {string | null} */
  let following = null;
  let typing = 0;
  showConnection(byId("connection", HTMLElement), client, format);
  void client.connect().catch(() => undefined);
  filter.addEventListener("submit", (event) => event.preventDefault());
  filter.addEventListener("input", () => {
    clearTimeout(typing);
    typing = setTimeout(() => void look(), TYPING_MS);
  });
  more.addEventListener("click", () => void lookFurther());
  followPlay((found) => showPlay(figures, altogether(found.values()), format));
  setInterval(() => {
    if (document.visibilityState === "visible" && listed.length <= PAGE) void look();
  }, LOOK_EVERY_MS);
  void offerWheels().then(look);

  /** The wheels to choose from, and their names for the list. */
  async function offerWheels() {
    const answer = await callAs(`/api/v1/wheels?sort=name&limit=${MOST_WHEELS}`).catch(() => ({ items: [] }));
    const select = /** @type {HTMLSelectElement} */ (filter.elements.namedItem("wheel_game_id"));
    for (const { id, wheel_name } of /** @type {Wheel[]} */ (answer.items)) {
      wheels.set(id, wheel_name);
      select.append(el("option", { value: id }, wheel_name));
    }
    const asked = new URLSearchParams(location.search);
    for (const [name, value] of asked) {
      const field = filter.elements.namedItem(name);
      if (field instanceof HTMLInputElement || field instanceof HTMLSelectElement) field.value = value;
    }
  }

  async function look() {
    const asked = query();
    try {
      const answer = await callAs(`/api/v1/spins?${asked}`);
      // What has been asked since will be answered by itself.
      if (asked !== query()) return;
      listed = answer.items;
      following = answer.next_cursor;
      show();
    } catch (problem) {
      showDeskProblem(byId("spins", HTMLElement), problem);
    }
    main.removeAttribute("aria-busy");
  }

  async function lookFurther() {
    const { items, next_cursor } = await callAs(`/api/v1/spins?${query()}&cursor=${following}`);
    listed = [...listed, ...items];
    following = next_cursor;
    show();
  }

  function query() {
    const asked = [...new FormData(filter)].map(([name, value]) => [name, String(value).trim()]).filter(([, value]) => value !== "");
    return new URLSearchParams([...asked, ["limit", String(PAGE)]]).toString();
  }

  function show() {
    more.hidden = following === null;
    const heads = ["Begun", "Player", "Wheel", "Status", "Outcome", "Paid"];
    const table = () => deskTable("Spins", heads, listed.map(row), { figures: [5] });
    fill(byId("spins", HTMLElement), listed.length > 0 ? table() : deskEmpty("No such spins. What players spin will stand here."));
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
