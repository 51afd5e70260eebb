import { ApiProblem, wordsOf } from "../api.js";
import { byId } from "../dom.js";
import { callAs } from "../session.js";

/** @typedef {import("../protocol.js").JackpotView} JackpotView */
/** @typedef {{jackpot_title: string, jackpot_description: string | null, end_time: string}} Terms */

/** What a field is called where it is spoken of. */
const NAMES = { jackpot_title: "title", jackpot_description: "description", end_time: "end" };

/**
 * The form that changes a jackpot's terms. It builds upon the version that its reader has seen; when somebody else was
 * quicker, it says what they changed and keeps what is written.
 */
export class TermsForm {
  #path;
  #changed;
  #dialog = byId("edit", HTMLDialogElement);
  #form = byId("edit-form", HTMLFormElement);
  #problem = byId("edit-problem", HTMLElement);
  #save = byId("edit-save", HTMLButtonElement);
  /** The newest row that is known. @type {JackpotView | null} */
  #newest = null;
  /** The row that the form was filled from. @type {JackpotView | null} */
  #base = null;

  /**
   * @param {string} path of the jackpot
   * @param {(jackpot: JackpotView) => void} changed
   */
  constructor(path, changed) {
    this.#path = path;
    this.#changed = changed;
    byId("change", HTMLButtonElement).addEventListener("click", () => this.#open());
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#send().catch((problem) => this.#say(wordsOf(problem)));
    });
  }

  /** @param {JackpotView} jackpot */
  read(jackpot) {
    this.#newest = jackpot;
    byId("change", HTMLButtonElement).disabled = false;
  }

  #open() {
    const jackpot = this.#newest;
    if (jackpot === null) return;
    this.#base = jackpot;
    for (const [name, value] of Object.entries(written(jackpot))) this.#field(name).value = value;
    this.#say("");
    this.#dialog.showModal();
  }

  async #send() {
    if (this.#base === null) return;
    const before = written(this.#base);
    const given = Object.fromEntries(Object.keys(before).map((name) => [name, this.#field(name).value.trim()]));
    const changes = Object.entries(given).filter(([name, value]) => value !== before[name]);
    if (changes.length === 0) return this.#dialog.close();
    const body = Object.fromEntries(changes.map(([name, value]) => [name, name === "end_time" ? new Date(value).toISOString() : value || null]));
    try {
      const row = await callAs(this.#path, { method: "PATCH", body, rowVersion: this.#base.row_version });
      this.#changed(row);
      this.#dialog.close();
    } catch (problem) {
      if (!(problem instanceof ApiProblem) || problem.code !== "conflict") throw problem;
      await this.#meet(before, problem);
    }
  }

  /**
   * Somebody else has changed the row: what they did is said, and the next press builds upon it.
   * @param {Record<string, string>} before
   * @param {ApiProblem} refusal
   */
  async #meet(before, refusal) {
    const row = await callAs(this.#path);
    if (row.row_version === this.#base?.row_version) throw refusal;
    const theirs = Object.entries(written(row)).filter(([name, value]) => value !== before[name]);
    const told = theirs.map(([name, value]) => `the ${/** @type {any} */ (NAMES)[name]} is now “${name === "end_time" ? value.replace("T", " ") : value}”`);
    this.#base = row;
    this.#changed(row);
    this.#say(`Somebody else has changed this jackpot since you opened it${told.length > 0 ? `: ${told.join("; ")}` : ""}. What you wrote is kept. Save again to put it in place.`, "Save mine");
  }

  /** @param {string} words @param {string} [button] */
  #say(words, button = "Save") {
    this.#problem.textContent = words;
    this.#save.textContent = button;
  }

  /** @param {string} name */
  #field(name) {
    return /** @type {HTMLInputElement} */ (this.#form.elements.namedItem(name));
  }
}

/** @param {Terms} terms @returns {Record<string, string>} as the form's fields hold them */
function written({ jackpot_title, jackpot_description, end_time }) {
  const end = new Date(end_time);
  const local = new Date(end.getTime() - end.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
  return { jackpot_title, jackpot_description: jackpot_description ?? "", end_time: local };
}
