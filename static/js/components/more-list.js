import { wordsOf } from "../api.js";
import { byId, fill } from "../dom.js";
import { callAs } from "../session.js";
import { showToast } from "./banner.js";
import { deskEmpty, showDeskProblem } from "./desk-table.js";

/** Rows asked for at a time. */
const PAGE = 50;

/** A list of the server's, shown a page more at each press. @template Row */
export class MoreList {
  #place;
  #more;
  #table;
  #empty;
  /** @type {Row[]} */
  #rows = [];
  #path = "";
  /** @type {string | null} */
  #following = null;

  /**
   * @param {HTMLElement} place
   * @param {HTMLButtonElement} more
   * @param {(rows: Row[]) => HTMLElement} table
   * @param {string} empty
   */
  constructor(place, more, table, empty) {
    this.#place = place;
    this.#more = more;
    this.#table = table;
    this.#empty = empty;
    more.addEventListener("click", () => void this.#further());
  }

  /** Show the first page. @param {string} path with its query begun */
  async look(path) {
    this.#path = path;
    try {
      const { items, next_cursor } = await callAs(`${path}&limit=${PAGE}`);
      if (path !== this.#path) return;
      this.#rows = items;
      this.#show(next_cursor);
    } catch (problem) {
      showDeskProblem(this.#place, problem);
    }
  }

  async #further() {
    try {
      const { items, next_cursor } = await callAs(`${this.#path}&limit=${PAGE}&cursor=${this.#following}`);
      this.#rows = [...this.#rows, ...items];
      this.#show(next_cursor);
    } catch (problem) {
      showToast(byId("notes", HTMLElement), wordsOf(problem));
    }
  }

  /** @param {string | null} following */
  #show(following) {
    this.#following = following;
    this.#more.hidden = following === null;
    fill(this.#place, this.#rows.length > 0 ? this.#table(this.#rows) : deskEmpty(this.#empty));
  }
}
