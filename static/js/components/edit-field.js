import { el } from "../dom.js";

let ids = 0;

/**
 * A field with its name above it and room for its fault below.
 * @param {string} label
 * @param {HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement} input its `name` is the path by which faults find it
 * @param {{unit?: HTMLElement, wide?: boolean}} [options]
 */
export function editField(label, input, { unit, wide = false } = {}) {
  ids += 1;
  const fault = el("p", { class: "fault", id: `fault-${ids}` });
  input.setAttribute("aria-describedby", fault.id);
  return el("div", { class: wide ? "edit-field is-wide" : "edit-field", "data-field": input.name }, el("label", {}, el("span", {}, label), unit ? el("span", { class: "edit-unit" }, input, unit) : input), fault);
}

/**
 * Say what is wrong with a field, or that nothing is any more.
 * @param {Element} field as made by `editField`
 * @param {string} message nothing in it: it is good
 */
export function markFault(field, message) {
  const input = /** @type {HTMLElement} */ (field.querySelector("input, select, textarea"));
  /** @type {HTMLElement} */ (field.querySelector(".fault")).textContent = message;
  if (message === "") input.removeAttribute("aria-invalid");
  else input.setAttribute("aria-invalid", "true");
}

/**
 * Show a value, unless it is being typed or is wrong as it was typed.
 * @param {HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement} input
 * @param {string} value
 */
export function showValue(input, value) {
  if (input.value !== value && document.activeElement !== input && input.getAttribute("aria-invalid") !== "true") input.value = value;
}
