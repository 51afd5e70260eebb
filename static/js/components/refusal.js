import { ApiProblem, wordsOf } from "../api.js";
import { el, fill } from "../dom.js";

/**
 * Say why something was refused: the sentence, and every fault with where it is.
 * @param {HTMLElement} place an alert
 * @param {unknown} problem null when there is none any more
 */
export function showRefusal(place, problem) {
  if (problem === null) return fill(place);
  const faults = problem instanceof ApiProblem ? problem.faults : [];
  const words = problem instanceof ApiProblem ? problem.detail : wordsOf(problem);
  fill(place, words, faults.length > 0 && el("ul", {}, faults.map(({ path, message }) => el("li", {}, `${path.replace(/^\$\.?/, "") || "The body"}: ${message}`))));
}
