import { ApiProblem } from "../api.js";
import { byId } from "../dom.js";
import { callAs } from "../session.js";
import { changesTerms } from "../wheel-editor/saving.js";
import { confirmed } from "./confirm.js";
import { clearFaults, placeFaults } from "./fault-places.js";
import { showRefusal } from "./refusal.js";

/** @typedef {import("../wheel-editor/editor.js").WheelEditor} WheelEditor */

const PUBLISHED = ["scheduled", "active", "paused"];

/** Undo, redo and save: what is edited goes to the server as one change, and what it refuses is said where it is. */
export class SaveBar {
  #editor;
  #main;
  #segments;
  #refusal = byId("refusal", HTMLElement);
  #undo = byId("undo", HTMLButtonElement);
  #redo = byId("redo", HTMLButtonElement);
  #save = byId("save", HTMLButtonElement);
  #note = byId("save-note", HTMLElement);
  #saving = false;

  /**
   * @param {WheelEditor} editor
   * @param {{main: HTMLElement, segments: HTMLElement}} places
   */
  constructor(editor, { main, segments }) {
    this.#editor = editor;
    this.#main = main;
    this.#segments = segments;
    this.#undo.addEventListener("click", () => this.#step(() => editor.undo()));
    this.#redo.addEventListener("click", () => this.#step(() => editor.redo()));
    this.#save.addEventListener("click", () => void this.save());
    document.addEventListener("keydown", (event) => this.#onKey(event));
    addEventListener("beforeunload", (event) => !editor.isSaved && event.preventDefault());
  }

  /** Whether a change is on its way. */
  get saving() {
    return this.#saving;
  }

  show() {
    const { canUndo, canRedo, isSaved, wheel } = this.#editor;
    this.#undo.disabled = !canUndo;
    this.#redo.disabled = !canRedo;
    this.#save.disabled = isSaved || this.#saving;
    if (isSaved) this.#save.textContent = "Save";
    const live = PUBLISHED.includes(wheel.wheel_status) && changesTerms(this.#editor.pending.body);
    this.#note.textContent = this.#saving ? "Saving …" : isSaved ? "All is saved." : live ? "Not saved. Saving makes a new version." : "Not saved.";
  }

  /**
   * @returns {Promise<boolean>} whether the server holds all that is typed
   */
  async save() {
    const untaken = this.#main.querySelector("[data-untaken] [aria-invalid]");
    if (untaken instanceof HTMLElement) {
      untaken.focus();
      return false;
    }
    const { body, faults } = this.#editor.pending;
    if (Object.keys(body).length === 0) return true;
    if (faults.length > 0) {
      this.refuse(new ApiProblem("bad_request", "Not everything can be sent as it is typed.", 422, faults));
      return false;
    }
    if (!(await this.#agreed(body))) return false;
    this.#saving = true;
    this.show();
    try {
      const { id, row_version } = this.#editor.wheel;
      const wheel = await callAs(`/api/v1/wheels/${id}`, { method: "PATCH", body, rowVersion: row_version });
      this.#saving = false;
      this.forgive();
      this.#editor.saved(wheel);
      return true;
    } catch (problem) {
      await this.#meet(problem);
      this.#saving = false;
      this.show();
      return this.#editor.isSaved;
    }
  }

  /** A change of terms that players play under is asked for once. @param {Record<string, any>} body */
  async #agreed(body) {
    const { wheel } = this.#editor;
    if (!PUBLISHED.includes(wheel.wheel_status) || !changesTerms(body)) return true;
    const words = `This wheel is published. Saving makes version ${(wheel.version_number ?? 0) + 1}, which takes effect between two spins: spins that turn end as they began, the next is played under the new version. Players see that it has changed.`;
    return (await confirmed({ label: "Save a new version", words })) !== null;
  }

  /** @param {unknown} problem */
  async #meet(problem) {
    if (!(problem instanceof ApiProblem) || problem.code !== "conflict") return this.refuse(problem);
    const theirs = await callAs(`/api/v1/wheels/${this.#editor.wheel.id}`).catch(() => null);
    if (theirs === null || theirs.row_version === this.#editor.wheel.row_version) return this.refuse(problem);
    const told = this.#editor.meet(theirs);
    // It was this page's own change, whose answer had been lost.
    if (this.#editor.isSaved) return this.forgive();
    showRefusal(this.#refusal, new Error(`Somebody else has changed this wheel since you read it${told.length > 0 ? `: ${told.join("; ")}` : ""}. What you have typed is kept. Save again to put it in place.`));
    this.#save.textContent = "Save mine";
  }

  /** Say why something was refused, each fault beside its field where it has one. @param {unknown} problem */
  refuse(problem) {
    if (!(problem instanceof ApiProblem) || problem.faults.length === 0) return showRefusal(this.#refusal, problem);
    const homeless = placeFaults(problem.faults, this.#main, this.#segments);
    const marked = problem.faults.length - homeless.length;
    const where = marked === 0 ? "" : marked === 1 ? " One is marked where it is." : ` ${marked} are marked where they are.`;
    showRefusal(this.#refusal, new ApiProblem(problem.code, problem.message, problem.status, homeless, problem.detail + where));
  }

  /** What was refused stands no more. */
  forgive() {
    clearFaults(this.#main);
    showRefusal(this.#refusal, null);
  }

  /** @param {() => void} step */
  #step(step) {
    for (const field of this.#main.querySelectorAll("[data-untaken]")) field.removeAttribute("data-untaken");
    this.forgive();
    step();
  }

  /** Within a field the browser's own undo stays. @param {KeyboardEvent} event */
  #onKey(event) {
    if (!(event.ctrlKey || event.metaKey) || event.altKey) return;
    const key = event.key.toLowerCase();
    if (key === "s") {
      event.preventDefault();
      void this.save();
    }
    const typing = event.target instanceof HTMLInputElement || event.target instanceof HTMLTextAreaElement;
    if (typing || document.querySelector("dialog[open]")) return;
    if (key === "z" && !event.shiftKey) this.#step(() => this.#editor.undo());
    else if (key === "y" || (key === "z" && event.shiftKey)) this.#step(() => this.#editor.redo());
    else return;
    event.preventDefault();
  }
}
