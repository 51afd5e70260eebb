import { el, fill } from "../dom.js";

/**
 * A figure that rolls to its new value, digit by digit, and never shows more than was told. Readers of the screen get the
 * value alone.
 * @param {HTMLElement} element
 * @param {string} text the figure as it is written, grouped and with its currency
 */
export function rollTo(element, text) {
  const shape = text.replace(/\d/g, "0");
  if (element.dataset.shape !== shape) {
    element.dataset.shape = shape;
    element.classList.add("odometer");
    fill(
      element,
      el("span", { class: "for-readers" }, text),
      el("span", { class: "odometer-row", "aria-hidden": "true" }, [...text].map((sign) => (/\d/.test(sign) ? column(sign) : el("span", {}, sign)))),
    );
    return;
  }
  const [readers, row] = element.children;
  readers.textContent = text;
  [...text].forEach((sign, index) => /\d/.test(sign) && turn(/** @type {HTMLElement} */ (row.children[index]), sign));
}

/** @param {string} digit */
function column(digit) {
  const strip = el("span", { class: "odometer-digit" }, el("span", { class: "odometer-strip" }, [..."0123456789"].map((each) => el("span", {}, each))));
  turn(strip, digit);
  return strip;
}

/** @param {HTMLElement} digitColumn @param {string} digit */
function turn(digitColumn, digit) {
  /** @type {HTMLElement} */ (digitColumn.firstElementChild).style.transform = `translateY(-${Number(digit) * 10}%)`;
}
