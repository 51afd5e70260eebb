import { wordsOf } from "../api.js";
import { showToast } from "../components/banner.js";
import { confirmed } from "../components/confirm.js";
import { showConnection } from "../components/connection-badge.js";
import { editField } from "../components/edit-field.js";
import { clearFaults, forgetFaultsOnceTyped } from "../components/fault-places.js";
import { GameOfTemplate, makingOf } from "../components/game-of-template.js";
import { SchemaForm, showFormProblem } from "../components/schema-form.js";
import { byId, el, fill } from "../dom.js";
import { openPage, showProblem } from "../page-frame.js";
import { callAs, createClient } from "../session.js";
import { TEMPLATE_COLUMNS, TEMPLATE_TYPES } from "../template-words.js";

/** @typedef {import("../protocol.js").Template} Template */
/** @typedef {import("../protocol.js").TemplateType} TemplateType */

const main = byId("main", HTMLElement);
const page = await openPage(main, "operator");
if (page !== null) {
  const id = decodeURIComponent(location.pathname.split("/")[3] ?? "");
  await Promise.all([callAs(`/api/v1/templates/${id}`), callAs("/api/v1/templates/types")]).then(([template, { items }]) => run(template, items, page.format), (problem) => showProblem(main, problem));
}

/** @param {Template} template @param {TemplateType[]} types @param {import("../format.js").Format} format */
function run(template, types, format) {
  const client = createClient();
  const making = new GameOfTemplate();
  const form = byId("template-form", HTMLFormElement);
  const problemPlace = byId("template-problem", HTMLElement);
  const notes = byId("notes", HTMLElement);
  const [name, category] = ["template_name", "template_category"].map((field) => el("input", { name: field, maxlength: field === "template_name" ? "200" : "64", autocomplete: "off" }));
  const description = el("textarea", { name: "template_description", rows: "2", maxlength: "4000" });
  /** @type {[import("../protocol.js").TemplateColumn, SchemaForm][]} */
  let columns = [];
  showConnection(byId("connection", HTMLElement), client, format);
  void client.connect().catch(() => undefined);
  forgetFaultsOnceTyped(form);
  fill(byId("facts", HTMLElement), editField("Name", name), editField("Category", category), editField("What it is for", description, { wide: true }));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void save();
  });
  showForm();
  show();
  main.removeAttribute("aria-busy");

  /** What may be typed over. */
  function showForm() {
    name.value = template.template_name;
    category.value = template.template_category ?? "";
    description.value = template.template_description ?? "";
    const schemas = types.find(({ template_type }) => template_type === template.template_type)?.schemas;
    columns = [];
    const panels = TEMPLATE_COLUMNS.map(([column, title]) => {
      const place = el("div", { class: "segment-fields" });
      const shown = new SchemaForm(place, schemas?.[column] ?? {}, template[column], column, format);
      columns.push([column, shown]);
      return shown.empty ? null : el("section", { class: "panel", "aria-labelledby": `${column}-title` }, el("h2", { id: `${column}-title` }, title), place);
    });
    fill(byId("columns", HTMLElement), panels);
  }

  function show() {
    const { template_name, template_type, engine_type, engine_status, is_active, updated_at } = template;
    const verb = makingOf(template);
    document.title = `${template_name} · Wheelhouse`;
    byId("template-name", HTMLElement).textContent = template_name;
    fill(
      byId("standing", HTMLElement),
      el("span", { class: "status", "data-status": is_active ? "active" : "ended" }, is_active ? "On" : "Switched off"),
      el("span", {}, `of a ${(TEMPLATE_TYPES[template_type] ?? template_type).toLowerCase()}`),
      engine_type !== null && el("span", {}, `engine ${engine_type}${engine_status === "active" ? "" : `, ${engine_status}`}`),
      el("span", {}, `changed ${format.moment(updated_at)}`),
    );
    fill(
      byId("moves", HTMLElement),
      verb !== null && el("button", { class: "button", type: "button", onclick: () => making.open(template) }, verb),
      el("button", { class: "button quiet", type: "button", onclick: () => void turn() }, is_active ? "Switch off" : "Switch on"),
    );
  }

  async function turn() {
    const off = template.is_active;
    const words = off ? "Nothing is made of it until it is switched on again. Games that were made of it stay as they are." : "Games can be made of it from now on.";
    if ((await confirmed({ label: off ? "Switch off" : "Switch on", words })) === null) return;
    try {
      await change({ is_active: !off });
    } catch (problem) {
      showToast(notes, wordsOf(problem));
    }
  }

  async function save() {
    problemPlace.textContent = "";
    clearFaults(form);
    try {
      const said = Object.fromEntries(columns.map(([column, shown]) => [column, shown.value]));
      await change({ template_name: name.value.trim(), template_category: category.value.trim() || null, template_description: description.value.trim() || null, ...said });
      showForm();
      showToast(notes, "All is saved.");
    } catch (problem) {
      showFormProblem(problem, form, problemPlace);
    }
  }

  /** @param {object} body */
  async function change(body) {
    template = await callAs(`/api/v1/templates/${template.id}`, { method: "PATCH", rowVersion: template.row_version, body });
    show();
  }
}
