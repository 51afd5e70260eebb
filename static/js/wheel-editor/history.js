/** So many steps can be undone. */
const STEPS = 200;

/**
 * States of something that is edited, to go back to and forward again. States are never changed, only replaced.
 * @template State
 */
export class History {
  /** @type {State[]} */
  #past = [];
  /** @type {State[]} */
  #future = [];
  #present;
  /** @type {string | null} */
  #going = null;

  /** @param {State} present */
  constructor(present) {
    this.#present = present;
  }

  get present() {
    return this.#present;
  }

  get canUndo() {
    return this.#past.length > 0;
  }

  get canRedo() {
    return this.#future.length > 0;
  }

  /**
   * @param {State} next
   * @param {string | null} [going] changes in a row of the same name are one step: the letters of a word, the way of a border
   */
  change(next, going = null) {
    if (going === null || going !== this.#going) this.#past = [...this.#past, this.#present].slice(-STEPS);
    this.#going = going;
    this.#future = [];
    this.#present = next;
  }

  /** What goes on is over: the next change is a step of its own. */
  settle() {
    this.#going = null;
  }

  /** Put something else in the place of the present, which is no step: what the server holds by now. @param {State} present */
  replace(present) {
    this.#present = present;
    this.#going = null;
  }

  undo() {
    const before = this.#past.at(-1);
    if (before === undefined) return;
    this.#past = this.#past.slice(0, -1);
    this.#future = [this.#present, ...this.#future];
    this.#present = before;
    this.#going = null;
  }

  redo() {
    const [after] = this.#future;
    if (after === undefined) return;
    this.#future = this.#future.slice(1);
    this.#past = [...this.#past, this.#present];
    this.#present = after;
    this.#going = null;
  }
}
