import { wordsOf } from "../api.js";
import { Attempt } from "../attempt.js";
import { byId, el, fill } from "../dom.js";
import { callAs } from "../session.js";
import { firstSegments } from "../wheel-editor/first-segments.js";
import { slugOf } from "../wheel-editor/slugs.js";

/** @typedef {import("../protocol.js").Engine} Engine */
/** @typedef {import("../protocol.js").Template} Template */

/** So many engines and templates are offered to choose from. */
const OFFERED = 200;

/** The dialog `#make` that makes a draft: of a template, or a turning wheel with six segments. */
export class NewWheel {
  #dialog = byId("make", HTMLDialogElement);
  #form = byId("make-form", HTMLFormElement);
  #problem = byId("make-problem", HTMLElement);
  #attempt = new Attempt();
  #currency;
  /** @type {Engine[]} */
  #engines = [];
  /** @type {Template[]} */
  #templates = [];

  /** @param {string} currency */
  constructor(currency) {
    this.#currency = currency;
    const [name, slug] = [this.#input("wheel_name"), this.#input("wheel_slug")];
    let follows = true;
    byId("new", HTMLButtonElement).addEventListener("click", () => void this.#open());
    slug.addEventListener("input", () => (follows = slug.value === ""));
    name.addEventListener("input", () => {
      if (follows) slug.value = slugOf(name.value);
    });
    this.#select("engine").addEventListener("change", () => this.#offerTemplates());
    this.#select("template").addEventListener("change", () => this.#say());
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.#make();
    });
  }

  async #open() {
    this.#problem.textContent = "";
    this.#dialog.showModal();
    this.#say();
    try {
      const [engines, templates] = await Promise.all([callAs(`/api/v1/engines?limit=${OFFERED}`), callAs(`/api/v1/templates?template_type=wheel&is_active=true&limit=${OFFERED}`)]);
      this.#engines = engines.items.filter((/** @type {Engine} */ { engine_status }) => engine_status !== "retired");
      this.#templates = templates.items.filter((/** @type {Template} */ { engine_status }) => engine_status !== "retired");
      fill(this.#select("engine"), el("option", { value: "" }, "any"), this.#engines.map(({ id, engine_name, engine_status }) => el("option", { value: id }, engine_status === "active" ? engine_name : `${engine_name}, ${engine_status}`)));
      this.#offerTemplates();
    } catch (problem) {
      this.#problem.textContent = wordsOf(problem);
    }
  }

  /** A wheel comes to an engine by a template of it. */
  #offerTemplates() {
    const engine = this.#select("engine").value;
    const offered = this.#templates.filter(({ game_engine_id }) => engine === "" || game_engine_id === engine);
    fill(this.#select("template"), engine === "" && el("option", { value: "" }, "none"), offered.map(({ id, template_name }) => el("option", { value: id }, template_name)));
    this.#say();
  }

  #say() {
    const chosen = this.#templates.find(({ id }) => id === this.#select("template").value);
    const resting = chosen && chosen.engine_status !== "active" ? " It cannot be opened before its engine is active." : "";
    const none = this.#select("engine").value === "" ? "It begins as a turning wheel with six segments that add up." : "This engine has no template that is switched on. Make one under Templates.";
    const said = chosen === undefined ? none : `${chosen.template_description ?? "It begins as the template says."}${resting}`;
    byId("template-note", HTMLElement).textContent = `${said} Nobody but you sees it until it is opened.`;
    /** @type {HTMLButtonElement} */ (this.#form.querySelector("[type=submit]")).disabled = this.#select("template").options.length === 0;
  }

  async #make() {
    this.#problem.textContent = "";
    const template = this.#select("template").value;
    const named = { wheel_name: this.#input("wheel_name").value.trim(), wheel_slug: this.#input("wheel_slug").value.trim() };
    try {
      const made = template === "" ? await this.#attempt.post("/api/v1/wheels", { ...named, rewards: firstSegments(this.#currency) }) : await this.#attempt.post(`/api/v1/templates/${template}/wheels`, named);
      location.assign(`/console/wheels/${made.id}`);
    } catch (problem) {
      this.#problem.textContent = wordsOf(problem);
    }
  }

  /** @param {string} name */
  #input(name) {
    return /** @type {HTMLInputElement} */ (this.#form.elements.namedItem(name));
  }

  /** @param {string} name */
  #select(name) {
    return /** @type {HTMLSelectElement} */ (this.#form.elements.namedItem(name));
  }
}
