import { el, fill } from "../dom.js";
import { wordsOf } from "../api.js";

/**
 * A table of the console, which scrolls by itself where it is wider than the screen.
 * @param {string} label what it lists, for those who do not see it
 * @param {string[]} heads nothing over a column of buttons
 * @param {HTMLElement[]} rows
 * @param {{panel?: boolean, figures?: number[]}} [look] `panel`: on a ground of its own; `figures`: columns of numbers
 */
export function deskTable(label, heads, rows, { panel = false, figures = [] } = {}) {
  return el(
    "div",
    { class: panel ? "panel desk-scroll" : "desk-scroll", tabindex: "0", role: "region", "aria-label": label },
    el("table", { class: "desk-table" }, el("thead", {}, el("tr", {}, heads.map((head, at) => (head === "" ? el("td") : el("th", { scope: "col", class: figures.includes(at) ? "figure" : null }, head))))), el("tbody", {}, rows)),
  );
}

/**
 * Say in a table's place that there is nothing yet, and how to begin.
 * @param {string} sentence
 */
export function deskEmpty(sentence) {
  return el("p", { class: "empty" }, sentence);
}

/**
 * Say in a table's place why it could not be had.
 * @param {HTMLElement} place
 * @param {unknown} problem
 */
export function showDeskProblem(place, problem) {
  fill(place, el("p", { class: "desk-problem", role: "alert" }, wordsOf(problem)));
}
