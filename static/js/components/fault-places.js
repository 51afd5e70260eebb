import { markFault } from "./edit-field.js";

/** @typedef {import("../api.js").Fault} Fault */

const OF_A_SEGMENT = /^\$\.rewards\[(\d+)\]\.?(.*)$/;
/** Parts of a segment that one field stands for. @type {Record<string, string>} */
const SHOWN_AS = { range_start: "share", range_end: "share", probability: "share", weight: "share" };

/**
 * Say each fault beside the field that it names, and put the focus on the first.
 * @param {Fault[]} faults
 * @param {HTMLElement} page
 * @param {HTMLElement} segments the list, in the order in which the segments were sent
 * @returns {Fault[]} those for which there is no field
 */
export function placeFaults(faults, page, segments) {
  clearFaults(page);
  /** @type {Map<HTMLElement, string[]>} */
  const placed = new Map();
  const homeless = faults.filter(({ path, message }) => {
    const field = fieldOf(path, page, segments);
    if (field !== null) placed.set(field, [...(placed.get(field) ?? []), message]);
    return field === null;
  });
  for (const [field, messages] of placed) {
    markFault(field, messages.join("; "));
    const folded = field.closest("details");
    if (folded !== null) folded.open = true;
  }
  page.querySelector("[aria-invalid]")?.scrollIntoView({ block: "center" });
  /** @type {HTMLElement | null} */ (page.querySelector("[aria-invalid]"))?.focus({ preventScroll: true });
  return homeless;
}

/** @param {HTMLElement} page */
export function clearFaults(page) {
  for (const field of /** @type {NodeListOf<HTMLElement>} */ (page.querySelectorAll("[data-field]:not([data-untaken])"))) markFault(field, "");
}

/** A fault is looked at no more once its field is typed in. @param {HTMLElement} page */
export function forgetFaultsOnceTyped(page) {
  page.addEventListener("input", ({ target }) => {
    const field = target instanceof Element ? target.closest("[data-field]") : null;
    if (field instanceof HTMLElement && field.querySelector("[aria-invalid]")) {
      field.removeAttribute("data-untaken");
      markFault(field, "");
    }
  });
}

/** @param {string} path @param {HTMLElement} page @param {HTMLElement} segments @returns {HTMLElement | null} */
function fieldOf(path, page, segments) {
  const found = OF_A_SEGMENT.exec(path);
  const within = found === null ? page : segments.children[Number(found[1])];
  const name = found === null ? path.replace(/^\$\.?/, "") : (SHOWN_AS[found[2]] ?? found[2]);
  return name === "" || within === undefined ? null : within.querySelector(`[data-field="${CSS.escape(name)}"]`);
}
