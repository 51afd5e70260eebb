import { callAs } from "./session.js";

/** A burst of letters or changes is answered by one new look. */
const GATHER_MS = 300;

/**
 * A list of the console, asked for by the fields of a form and read page by page.
 * @template Item
 */
export class DeskList {
  #path;
  #form;
  #more;
  #size;
  #show;
  #failed;
  /** @type {Item[]} */
  #items = [];
  /** @type {string | null} */
  #following = null;
  #gathering = 0;

  /**
   * @param {string} path of the REST interface
   * @param {{form: HTMLFormElement, more: HTMLButtonElement, size: number, show: (items: Item[]) => void, failed: (problem: unknown) => void}} page
   *   `size`: items of a page; `show`: called with all that were read, whenever they change
   */
  constructor(path, { form, more, size, show, failed }) {
    this.#path = path;
    this.#form = form;
    this.#more = more;
    this.#size = size;
    this.#show = show;
    this.#failed = failed;
    form.addEventListener("submit", (event) => event.preventDefault());
    form.addEventListener("input", () => this.soon());
    more.addEventListener("click", () => void this.#further().catch(failed));
  }

  /** Show another list in this one's place. @param {string} path */
  turnTo(path) {
    this.#path = path;
    return this.look();
  }

  /** Whether no more than the first page is shown, so that a new look takes nothing away. */
  get atStart() {
    return this.#items.length <= this.#size;
  }

  /** Look again in a moment. */
  soon() {
    clearTimeout(this.#gathering);
    this.#gathering = setTimeout(() => void this.look(), GATHER_MS);
  }

  /** The first page, in place of what is shown. */
  async look() {
    const asked = this.#query();
    try {
      const answer = await callAs(`${this.#path}?${asked}`);
      // What has been asked since will be answered by itself.
      if (asked === this.#query()) this.#take(answer, []);
    } catch (problem) {
      this.#failed(problem);
    }
  }

  async #further() {
    this.#take(await callAs(`${this.#path}?${this.#query()}&cursor=${this.#following}`), this.#items);
  }

  /** @param {{items: Item[], next_cursor: string | null}} answer @param {Item[]} before */
  #take({ items, next_cursor }, before) {
    this.#items = [...before, ...items];
    this.#following = next_cursor;
    this.#more.hidden = next_cursor === null;
    this.#show(this.#items);
  }

  #query() {
    const asked = [...new FormData(this.#form)].map(([name, value]) => [name, String(value).trim()]).filter(([, value]) => value !== "");
    return new URLSearchParams([...asked.map(([name, value]) => [name, this.#said(name, value)]), ["limit", String(this.#size)]]).toString();
  }

  /** A moment is typed in the reader's zone, and asked for in everybody's. @param {string} name @param {string} value */
  #said(name, value) {
    const field = this.#form.elements.namedItem(name);
    return field instanceof HTMLInputElement && field.type === "datetime-local" ? new Date(value).toISOString() : value;
  }
}

/**
 * Take over what the page's address asks for: `/console/spins?user_id=…`.
 * @param {HTMLFormElement} form
 */
export function takeAsked(form) {
  for (const [name, value] of new URLSearchParams(location.search)) {
    const field = form.elements.namedItem(name);
    if (field instanceof HTMLInputElement || field instanceof HTMLSelectElement) field.value = value;
  }
}
