import { el, fill } from "../dom.js";
import { rollTo } from "./odometer.js";

/** Figures that move, each with its words. */
export class FigureCards {
  /** @type {Map<string, {value: HTMLElement, words: HTMLElement}>} */
  #shown = new Map();

  /**
   * @param {HTMLElement} place a `dl`
   * @param {string[]} names in their order
   */
  constructor(place, names) {
    fill(place, names.map((name) => {
      const held = { value: el("dd", {}, "–"), words: el("dt", {}, " ") };
      this.#shown.set(name, held);
      return el("div", { class: "figure-card", "data-figure": name }, held.words, held.value);
    }));
  }

  /** @param {string} name @param {string} value @param {string} words */
  set(name, value, words) {
    const held = this.#shown.get(name);
    if (held === undefined) return;
    rollTo(held.value, value);
    held.words.textContent = words;
  }
}
