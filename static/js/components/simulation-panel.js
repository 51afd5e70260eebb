import { ApiProblem } from "../api.js";
import { byId, el, fill } from "../dom.js";
import { linesAs } from "../session.js";
import { editField, markFault } from "./edit-field.js";
import { showRefusal } from "./refusal.js";
import { showSimulation } from "./simulation-results.js";

const COST = /^\$\.costs\.(.+)$/;

/** Runs a simulation of the wheel as it is stored; it can be stopped, and the page be worked on meanwhile. */
export class SimulationPanel {
  #wheelId;
  #format;
  #form = byId("simulate", HTMLFormElement);
  #fields = byId("simulation-fields", HTMLElement);
  #start = byId("simulate-start", HTMLButtonElement);
  #stop = byId("simulate-stop", HTMLButtonElement);
  #progress = byId("simulation-progress", HTMLProgressElement);
  #problem = byId("simulation-problem", HTMLElement);
  #running = new AbortController();

  /** @param {string} wheelId @param {import("../format.js").Format} format */
  constructor(wheelId, format) {
    this.#wheelId = wheelId;
    this.#format = format;
    fill(this.#fields, [
      field("spins", "Spins", { value: "10000", inputmode: "numeric", required: true }),
      field("players", "Players", { placeholder: "a tenth of them", inputmode: "numeric" }),
      field("spins_per_day", "Spins a day", { placeholder: "a thirtieth", inputmode: "numeric" }),
      field("price", "A chance costs the player", { placeholder: "as the wheel says", inputmode: "decimal" }),
    ]);
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.#run();
    });
    this.#stop.addEventListener("click", () => this.#running.abort());
  }

  async #run() {
    this.#running = new AbortController();
    this.#show(0);
    showRefusal(this.#problem, null);
    for (const one of this.#all()) markFault(one, "");
    try {
      const { body, faults } = this.#asked();
      if (faults.length > 0) throw new ApiProblem("bad_request", "Not everything can be sent as it is typed.", 422, faults);
      for await (const told of linesAs(`/api/v1/wheels/${this.#wheelId}/simulate`, body, this.#running.signal)) {
        if ("progress" in told) this.#show(told.progress);
        else await showSimulation(byId("simulation", HTMLElement), told.result, this.#format);
      }
    } catch (problem) {
      if (!this.#running.signal.aborted) this.#refuse(problem);
    }
    this.#show(null);
  }

  /** @param {number | null} share done; null: nothing runs */
  #show(share) {
    this.#start.disabled = share !== null;
    this.#stop.hidden = this.#progress.hidden = share === null;
    this.#progress.value = share ?? 0;
  }

  #asked() {
    /** @type {import("../api.js").Fault[]} */
    const faults = [];
    /** @type {Record<string, any>} */
    const body = {};
    for (const [name, value] of new FormData(this.#form)) {
      const text = String(value).trim().replace(",", ".");
      if (text === "") continue;
      if (name.startsWith("costs.")) (body.costs ??= {})[name.slice("costs.".length)] = text;
      else if (name === "price") body.price = text;
      else if (/^\d+$/.test(text)) body[name] = Number(text);
      else faults.push({ path: `$.${name}`, message: "must be a whole number" });
    }
    return { body, faults };
  }

  /** A cost that is not known is asked for where it is said. @param {unknown} problem */
  #refuse(problem) {
    if (!(problem instanceof ApiProblem)) return showRefusal(this.#problem, problem);
    for (const { path } of problem.faults) {
      const slug = COST.exec(path)?.[1];
      if (slug !== undefined && this.#field(`costs.${slug}`) === undefined) this.#fields.append(field(`costs.${slug}`, `What ${slug} costs you`, { inputmode: "decimal" }));
    }
    const homeless = problem.faults.filter(({ path, message }) => {
      const place = this.#field(path.replace(/^\$\./, ""));
      if (place !== undefined) markFault(place, message);
      return place === undefined;
    });
    showRefusal(this.#problem, new ApiProblem(problem.code, problem.message, problem.status, homeless, problem.detail));
    /** @type {HTMLElement | null} */ (this.#fields.querySelector("[aria-invalid]"))?.focus();
  }

  #all() {
    return /** @type {HTMLElement[]} */ ([...this.#fields.children]);
  }

  /** @param {string} name */
  #field(name) {
    return this.#all().find(({ dataset }) => dataset.field === name);
  }
}

/** @param {string} name @param {string} label @param {Record<string, any>} attributes */
function field(name, label, attributes) {
  return editField(label, el("input", { name, autocomplete: "off", ...attributes }));
}
