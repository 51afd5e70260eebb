import { difference } from "./difference.js";
import { draftOf, wheelFields } from "./draft.js";
import { History } from "./history.js";
import { changeOf, rewardsChanged } from "./saving.js";

/** @typedef {import("./draft.js").Draft} Draft */
/** @typedef {import("../protocol.js").Wheel} Wheel */

/**
 * One wheel as it is edited on this page, beside what the server holds. Says `change` whenever either has become other.
 */
export class WheelEditor extends EventTarget {
  #wheel;
  #before;
  /** @type {History<Draft>} */
  #history;

  /** @param {Wheel} wheel */
  constructor(wheel) {
    super();
    this.#wheel = wheel;
    this.#before = draftOf(wheel);
    this.#history = new History(this.#before);
  }

  /** What the server holds, as it was last read. */
  get wheel() {
    return this.#wheel;
  }

  get draft() {
    return this.#history.present;
  }

  get canUndo() {
    return this.#history.canUndo;
  }

  get canRedo() {
    return this.#history.canRedo;
  }

  /** What is to be sent, and what cannot be as it is typed. */
  get pending() {
    return changeOf(this.draft, this.#before, this.#wheel);
  }

  get isSaved() {
    return Object.keys(this.pending.body).length === 0;
  }

  /** @param {Draft} next @param {string | null} [going] see `History.change` */
  change(next, going) {
    if (next === this.draft) return;
    this.#history.change(next, going);
    this.#tell();
  }

  settle() {
    this.#history.settle();
  }

  undo() {
    this.#history.undo();
    this.#tell();
  }

  redo() {
    this.#history.redo();
    this.#tell();
  }

  /** The server holds the draft now. @param {Wheel} wheel */
  saved(wheel) {
    this.#wheel = wheel;
    this.#before = draftOf(wheel);
    const rows = this.draft.rows.map((row) => ({ ...row, isNew: false }));
    this.#history.replace({ ...this.draft, rows, fields: wheelFields(wheel) });
    this.#tell();
  }

  /**
   * The wheel has moved, or somebody else has changed it. What is changed here is kept, what is not becomes theirs.
   * @param {Wheel} wheel
   * @returns {string[]} what they have changed
   */
  meet(wheel) {
    const theirs = draftOf(wheel);
    const mine = this.draft;
    const told = difference(this.#before, theirs);
    const fields = Object.fromEntries(Object.entries(mine.fields).map(([name, text]) => [name, text === this.#before.fields[name] ? theirs.fields[name] : text]));
    const kept = rewardsChanged(mine, this.#before) || !rewardsChanged(theirs, this.#before) ? mine : { ...mine, rows: theirs.rows, rest: theirs.rest };
    this.#wheel = wheel;
    this.#before = theirs;
    this.#history.replace({ ...kept, size: theirs.size, fields });
    this.#tell();
    return told;
  }

  #tell() {
    this.dispatchEvent(new Event("change"));
  }
}
