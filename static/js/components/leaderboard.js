import { el } from "../dom.js";
import { motionReduced } from "../motion/reduced.js";

/** @typedef {import("../protocol.js").BoardRow} BoardRow */

const SLIDE_MS = 450;

/** The rows of a board: when ranks change they slide to their new places. */
export class Leaderboard {
  #list;
  #format;
  #own;
  #ids;
  #empty;
  /** @type {Map<string, {element: HTMLElement, rank: HTMLElement, name: HTMLElement, points: HTMLElement}>} */
  #rows = new Map();

  /**
   * @param {HTMLElement} list an `ol`
   * @param {import("../format.js").Format} format
   * @param {{own?: string, ids?: boolean, empty: string}} options `own`: the reader's user id; `ids`: show user ids rather than
   *   names; `empty`: what stands where nobody has scored
   */
  constructor(list, format, { own, ids = false, empty }) {
    this.#list = list;
    this.#format = format;
    this.#own = own;
    this.#ids = ids;
    this.#empty = el("li", { class: "empty" }, empty);
  }

  /** @param {BoardRow[]} rows in the order of their ranks */
  show(rows) {
    const before = new Map([...this.#rows].map(([user, { element }]) => [user, element.getBoundingClientRect().top]));
    const there = new Set(rows.map((row) => row.user));
    for (const [user, { element }] of this.#rows) {
      if (there.has(user)) continue;
      element.remove();
      this.#rows.delete(user);
    }
    rows.forEach((row, index) => {
      const { element } = this.#write(row);
      if (this.#list.children[index] !== element) this.#list.insertBefore(element, this.#list.children[index] ?? null);
    });
    while (this.#list.children.length > rows.length) this.#list.lastElementChild?.remove();
    if (rows.length === 0) this.#list.append(this.#empty);
    this.#slide(before);
  }

  /** @param {BoardRow} row */
  #write(row) {
    let held = this.#rows.get(row.user);
    if (held === undefined) {
      const rank = el("span", { class: "board-rank" });
      const name = el("span", { class: "board-name" });
      const points = el("span", { class: "board-points" });
      const own = row.user === this.#own;
      held = { element: el("li", { class: own ? "is-own" : null, "data-user": row.user }, rank, name, points), rank, name, points };
      this.#rows.set(row.user, held);
    }
    held.element.dataset.rank = String(row.rank);
    held.rank.textContent = this.#format.integer(row.rank);
    held.name.textContent = row.user === this.#own ? "You" : this.#ids ? row.user : row.name;
    held.points.textContent = this.#format.points(row.points);
    return held;
  }

  /** @param {Map<string, number>} before where each row stood */
  #slide(before) {
    if (motionReduced()) return;
    const moves = [];
    for (const [user, { element }] of this.#rows) {
      const top = before.get(user);
      const by = top === undefined ? null : top - element.getBoundingClientRect().top;
      if (by !== 0) moves.push({ element, by });
    }
    for (const { element, by } of moves) {
      const from = by === null ? { opacity: 0 } : { transform: `translateY(${by}px)` };
      element.animate([from, { opacity: 1, transform: "none" }], { duration: SLIDE_MS, easing: "cubic-bezier(0.2, 0.7, 0.2, 1)" });
    }
  }
}
