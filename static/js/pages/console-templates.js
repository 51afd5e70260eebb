import { wordsOf } from "../api.js";
import { Attempt } from "../attempt.js";
import { showConnection } from "../components/connection-badge.js";
import { deskEmpty, deskTable, showDeskProblem } from "../components/desk-table.js";
import { GameOfTemplate, makingOf } from "../components/game-of-template.js";
import { DeskList } from "../desk-list.js";
import { byId, el, fill } from "../dom.js";
import { openPage } from "../page-frame.js";
import { callAs, createClient } from "../session.js";
import { columnsOf, TEMPLATE_TYPES } from "../template-words.js";

/** @typedef {import("../protocol.js").Template} Template */

const PAGE = 50;
/** So many engines and wheels are offered to choose from. */
const OFFERED = 200;

const main = byId("main", HTMLElement);
const page = await openPage(main, "operator");
if (page !== null) run(page.format);

/** @param {import("../format.js").Format} format */
function run(format) {
  const client = createClient();
  const making = new GameOfTemplate();
  const place = byId("templates", HTMLElement);
  const filter = byId("filter", HTMLFormElement);
  /** @type {DeskList<Template>} */
  const list = new DeskList("/api/v1/templates", { form: filter, more: byId("more", HTMLButtonElement), size: PAGE, show, failed: (problem) => showDeskProblem(place, problem) });
  showConnection(byId("connection", HTMLElement), client, format);
  void client.connect().catch(() => undefined);
  offerNew();
  void list.look().then(() => main.removeAttribute("aria-busy"));

  /** @param {Template[]} templates */
  function show(templates) {
    const asked = new FormData(filter);
    const none = asked.get("template_type") || asked.get("is_active") ? "No template is like that." : "No template yet. Make one, and games can be made of it in one go.";
    fill(place, templates.length > 0 ? deskTable("Templates", ["Template", "Kind", "Category", "Engine", "Status", "Changed", ""], templates.map(row)) : deskEmpty(none));
  }

  /** @param {Template} template */
  function row(template) {
    const { id, template_name, template_type, template_category, template_description, engine_type, engine_status, is_active, updated_at } = template;
    const verb = makingOf(template);
    return el(
      "tr",
      {},
      el("th", { scope: "row" }, el("a", { href: `/console/templates/${id}` }, template_name), template_description !== null && el("small", { class: "note" }, template_description)),
      el("td", {}, TEMPLATE_TYPES[template_type] ?? template_type),
      el("td", {}, template_category ?? "–"),
      el("td", {}, engine_type === null ? "–" : engine_status === "active" ? engine_type : `${engine_type}, ${engine_status}`),
      el("td", {}, el("span", { class: "status", "data-status": is_active ? "active" : "ended" }, is_active ? "On" : "Switched off")),
      el("td", {}, format.moment(updated_at)),
      el("td", {}, verb !== null && el("button", { class: "button quiet small", type: "button", "aria-label": `${verb}: ${template_name}`, onclick: () => making.open(template) }, verb)),
    );
  }
}

function offerNew() {
  const dialog = byId("make", HTMLDialogElement);
  const form = byId("make-form", HTMLFormElement);
  const place = byId("make-problem", HTMLElement);
  const attempt = new Attempt();
  const [kind, engine, like] = ["template_type", "game_engine_id", "like"].map((name) => /** @type {HTMLSelectElement} */ (form.elements.namedItem(name)));
  byId("new", HTMLButtonElement).addEventListener("click", () => void open());
  kind.addEventListener("change", showOwn);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void make();
  });

  async function open() {
    dialog.showModal();
    place.textContent = "";
    showOwn();
    try {
      const [engines, wheels] = await Promise.all([callAs(`/api/v1/engines?limit=${OFFERED}`), callAs(`/api/v1/wheels?sort=newest&limit=${OFFERED}`)]);
      const usable = engines.items.filter((/** @type {import("../protocol.js").Engine} */ { engine_status }) => engine_status !== "retired");
      fill(engine, usable.map((/** @type {import("../protocol.js").Engine} */ { id, engine_name }) => el("option", { value: id }, engine_name)));
      fill(like, el("option", { value: "" }, "none: begin with nothing set"), wheels.items.map((/** @type {import("../protocol.js").Wheel} */ { id, wheel_name, wheel_slug }) => el("option", { value: id }, `${wheel_name} (${wheel_slug})`)));
      if (usable.length === 0) place.textContent = "A wheel's template belongs to an engine, and there is none. Make an engine first.";
    } catch (problem) {
      place.textContent = wordsOf(problem);
    }
  }

  /** Only a wheel has an engine, and another to be like. */
  function showOwn() {
    for (const label of /** @type {NodeListOf<HTMLElement>} */ (form.querySelectorAll("[data-of]"))) label.hidden = label.dataset.of !== kind.value;
  }

  async function make() {
    place.textContent = "";
    const said = new FormData(form);
    const text = (/** @type {string} */ name) => String(said.get(name) ?? "").trim();
    try {
      const ofWheel = kind.value === "wheel";
      const columns = ofWheel && like.value !== "" ? columnsOf(await callAs(`/api/v1/wheels/${like.value}`)) : {};
      const body = { template_name: text("template_name"), template_type: kind.value, template_category: text("template_category") || null, ...(ofWheel ? { game_engine_id: engine.value || null } : {}), ...columns };
      const made = await attempt.post("/api/v1/templates", body);
      location.assign(`/console/templates/${made.id}`);
    } catch (problem) {
      place.textContent = wordsOf(problem);
    }
  }
}
