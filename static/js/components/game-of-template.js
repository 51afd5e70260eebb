import { Attempt } from "../attempt.js";
import { byId, el, fill } from "../dom.js";
import { slugOf } from "../wheel-editor/slugs.js";
import { editField } from "./edit-field.js";
import { clearFaults, forgetFaultsOnceTyped } from "./fault-places.js";
import { showFormProblem } from "./schema-form.js";

/** @typedef {import("../protocol.js").Template} Template */

/** What a game of a template has to be told, and where it is made and found. @type {Record<string, {path: string, verb: string, name: string, code?: string, times?: boolean}>} */
const GAMES = {
  wheel: { path: "wheels", verb: "Make a wheel of it", name: "wheel_name", code: "wheel_slug" },
  jackpot: { path: "jackpots", verb: "Make a jackpot of it", name: "jackpot_title", code: "jackpot_id", times: true },
  tournament: { path: "tournaments", verb: "Make a tournament of it", name: "tournament_name", times: true },
};

/** What the button says; null where no game can be made of the template. @param {Template} template */
export function makingOf({ template_type, is_active, engine_status }) {
  return is_active && engine_status !== "retired" ? (GAMES[template_type]?.verb ?? null) : null;
}

/** The dialog `#game` that makes a game of a template and opens its page. */
export class GameOfTemplate {
  #dialog = byId("game", HTMLDialogElement);
  #form = byId("game-form", HTMLFormElement);
  #problem = byId("game-problem", HTMLElement);
  #attempt = new Attempt();
  /** @type {Template | null} */
  #template = null;

  constructor() {
    forgetFaultsOnceTyped(this.#form);
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.#make();
    });
  }

  /** @param {Template} template */
  open(template) {
    const { verb, name, code, times } = GAMES[template.template_type];
    this.#template = template;
    byId("game-title", HTMLElement).textContent = verb.replace(" of it", "");
    byId("game-note", HTMLElement).textContent = `It begins as a draft, with everything that “${template.template_name}” says. Nobody but you sees it until it is opened.`;
    this.#problem.textContent = "";
    const named = el("input", { name, maxlength: "200", autocomplete: "off", required: true, autofocus: true });
    const coded = el("input", { name: code ?? "", maxlength: "64", autocomplete: "off", required: true });
    let follows = true;
    coded.addEventListener("input", () => (follows = coded.value === ""));
    named.addEventListener("input", () => {
      if (follows) coded.value = slugOf(named.value);
    });
    fill(
      byId("game-fields", HTMLElement),
      editField("Name", named, { wide: true }),
      code !== undefined && editField("Code", coded, { wide: true }),
      times && editField("Starts", el("input", { name: "start_time", type: "datetime-local", required: true })),
      times && editField("Ends", el("input", { name: "end_time", type: "datetime-local", required: true })),
    );
    this.#dialog.showModal();
  }

  async #make() {
    if (this.#template === null) return;
    const { path } = GAMES[this.#template.template_type];
    this.#problem.textContent = "";
    clearFaults(this.#form);
    try {
      const said = [...new FormData(this.#form)].map(([name, text]) => [name, name.endsWith("_time") ? new Date(String(text)).toISOString() : String(text).trim()]);
      const made = await this.#attempt.post(`/api/v1/templates/${this.#template.id}/${path}`, Object.fromEntries(said));
      location.assign(`/console/${path}/${made.id}`);
    } catch (problem) {
      showFormProblem(problem, this.#form, this.#problem);
    }
  }
}
