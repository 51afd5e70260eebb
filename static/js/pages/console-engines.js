import { wordsOf } from "../api.js";
import { Attempt } from "../attempt.js";
import { showToast } from "../components/banner.js";
import { confirmed } from "../components/confirm.js";
import { showConnection } from "../components/connection-badge.js";
import { deskEmpty, deskTable, showDeskProblem } from "../components/desk-table.js";
import { editField } from "../components/edit-field.js";
import { clearFaults, forgetFaultsOnceTyped } from "../components/fault-places.js";
import { SchemaForm, showFormProblem } from "../components/schema-form.js";
import { DeskList } from "../desk-list.js";
import { byId, el, fill } from "../dom.js";
import { capabilityWords, ENGINE_MOVES, ENGINE_STATUSES } from "../engine-words.js";
import { openPage, showProblem } from "../page-frame.js";
import { callAs, createClient } from "../session.js";

/** @typedef {import("../protocol.js").Engine} Engine */
/** @typedef {import("../protocol.js").EngineType} EngineType */
/** @typedef {import("../engine-words.js").EngineMove} EngineMove */

const PAGE = 50;
const BASE = "/api/v1/engines";

const main = byId("main", HTMLElement);
const page = await openPage(main, "operator");
if (page !== null) await callAs(`${BASE}/types`).then(({ items }) => run(page.format, items), (problem) => showProblem(main, problem));

/** @param {import("../format.js").Format} format @param {EngineType[]} types */
function run(format, types) {
  const client = createClient();
  const attempt = new Attempt();
  const notes = byId("notes", HTMLElement);
  const place = byId("engines", HTMLElement);
  const filter = byId("filter", HTMLFormElement);
  const dialog = byId("edit", HTMLDialogElement);
  const form = byId("edit-form", HTMLFormElement);
  const problemPlace = byId("edit-problem", HTMLElement);
  const titles = new Map(types.map(({ engine_type, title }) => [engine_type, title]));
  byId("type-filter", HTMLSelectElement).append(...[...titles].map(([type, title]) => el("option", { value: type }, title)));
  /** @type {DeskList<Engine>} */
  const list = new DeskList(BASE, { form: filter, more: byId("more", HTMLButtonElement), size: PAGE, show, failed: (problem) => showDeskProblem(place, problem) });
  /** What the dialog's button does. @type {() => Promise<void>} */
  let save = async () => undefined;
  showConnection(byId("connection", HTMLElement), client, format);
  void client.connect().catch(() => undefined);
  forgetFaultsOnceTyped(form);
  byId("new", HTMLButtonElement).addEventListener("click", make);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void trySaving();
  });
  void list.look().then(() => main.removeAttribute("aria-busy"));

  /** @param {Engine[]} engines */
  function show(engines) {
    const asked = new FormData(filter);
    const none = asked.get("engine_status") || asked.get("engine_type") ? "No engine is like that." : "No engine yet. Make one, and templates and wheels can be made for it.";
    fill(place, engines.length > 0 ? deskTable("Engines", ["Engine", "Kind", "Status", "It can", "Changed", ""], engines.map(row)) : deskEmpty(none));
  }

  /** @param {Engine} engine */
  function row(engine) {
    const { engine_name, engine_type, engine_version, engine_status, engine_capabilities, updated_at } = engine;
    const moves = ENGINE_MOVES[engine_status] ?? [];
    return el(
      "tr",
      {},
      el("th", { scope: "row" }, engine_name),
      el("td", {}, titles.get(engine_type) ?? `${engine_type}, not installed`, el("small", { class: "note" }, ` version ${engine_version}`)),
      el("td", {}, el("span", { class: "status", "data-status": engine_status }, ENGINE_STATUSES[engine_status] ?? engine_status)),
      el("td", { class: "is-prose" }, capabilityWords(engine_capabilities)),
      el("td", {}, format.moment(updated_at)),
      el(
        "td",
        {},
        el(
          "span",
          { class: "desk-moves" },
          engine_status !== "retired" && el("button", { class: "button quiet small", type: "button", "aria-label": `Settings of ${engine_name}`, onclick: () => configure(engine) }, "Settings"),
          moves.map((move) => el("button", { class: "button quiet small", type: "button", "aria-label": `${move.label}: ${engine_name}`, onclick: () => void carryOut(engine, move) }, move.label)),
        ),
      ),
    );
  }

  /** @param {Engine} engine @param {EngineMove} move */
  async function carryOut({ id, engine_name }, { to, label, words, reason }) {
    const said = await confirmed({ label, words: `${engine_name}: ${words}`, reason });
    if (said === null) return;
    await attempt.post(`${BASE}/${id}/status`, said ? { to, reason: said } : { to }).catch((problem) => showToast(notes, wordsOf(problem)));
    await list.look();
  }

  function make() {
    const name = el("input", { name: "engine_name", maxlength: "200", autocomplete: "off", required: true, autofocus: true });
    const kind = el("select", { name: "engine_type" }, types.map(({ title, engine_version }, at) => el("option", { value: at }, `${title}, version ${engine_version}`)));
    let config = open("New engine", "Make a draft", "It begins as a draft. Activate it, and wheels of its templates can be opened.", [editField("Name", name, { wide: true }), editField("Kind", kind, { wide: true })], types[0], {});
    kind.addEventListener("change", () => {
      config = showConfig(types[Number(kind.value)], {}, false);
    });
    save = async () => {
      const { engine_type, engine_version } = types[Number(kind.value)];
      await attempt.post(BASE, { engine_name: name.value.trim(), engine_type, engine_version, engine_config: config.value });
    };
  }

  /** @param {Engine} engine */
  function configure(engine) {
    const { id, engine_name, engine_type, engine_version, engine_status, engine_config, row_version } = engine;
    const stands = engine_status === "active";
    const installed = types.find((type) => type.engine_type === engine_type && type.engine_version === engine_version);
    const name = el("input", { name: "engine_name", maxlength: "200", autocomplete: "off", required: true, autofocus: true, value: engine_name });
    const note = stands ? "Players see what it does: to change more than its name, put it into maintenance first." : "";
    const config = open(engine_name, "Save", note, [editField("Name", name, { wide: true })], installed, engine_config, stands);
    save = async () => {
      const body = { engine_name: name.value.trim(), ...(stands || config.empty ? {} : { engine_config: config.value }) };
      await callAs(`${BASE}/${id}`, { method: "PATCH", rowVersion: row_version, body });
    };
  }

  /**
   * @param {string} title @param {string} verb @param {string} note @param {HTMLElement[]} facts
   * @param {EngineType | undefined} type @param {Record<string, any>} config @param {boolean} [stands] whether it may not be changed now
   */
  function open(title, verb, note, facts, type, config, stands = false) {
    byId("edit-title", HTMLElement).textContent = title;
    byId("edit-save", HTMLButtonElement).textContent = verb;
    byId("edit-note", HTMLElement).textContent = note;
    problemPlace.textContent = "";
    fill(byId("edit-facts", HTMLElement), facts);
    const shown = showConfig(type, config, stands);
    dialog.showModal();
    return shown;
  }

  /** @param {EngineType | undefined} type @param {Record<string, any>} config @param {boolean} stands */
  function showConfig(type, config, stands) {
    const within = byId("edit-config", HTMLElement);
    byId("edit-can", HTMLElement).textContent = type === undefined ? "This server does not have its code." : capabilityWords(type.engine_capabilities);
    const shown = new SchemaForm(within, type?.config_schema ?? {}, config, "engine_config", format);
    if (shown.empty && type !== undefined) fill(within, el("p", { class: "note is-wide" }, "There is nothing to set."));
    for (const input of within.querySelectorAll("input, select, textarea")) /** @type {HTMLInputElement} */ (input).disabled = stands;
    return shown;
  }

  async function trySaving() {
    problemPlace.textContent = "";
    clearFaults(form);
    try {
      await save();
      dialog.close();
      await list.look();
    } catch (problem) {
      showFormProblem(problem, form, problemPlace);
    }
  }
}
