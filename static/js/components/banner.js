import { el, icon } from "../dom.js";

const TOAST_MS = 7_000;
const TOASTS_KEPT = 3;

/**
 * A calm line at the top that stays until it is read: an operator's words, or something that ended the page.
 * @param {HTMLElement} place a polite live region
 * @param {string} message
 * @param {{action?: {label: string, act: () => void}, from?: string, at?: string, read?: () => void}} [options] `from`: which game it is about;
 *   `at`: when it was said, as written; `read`: called when it is dismissed
 * @returns {HTMLElement} the banner
 */
export function showBanner(place, message, { action, from, at, read } = {}) {
  const dismiss = () => {
    banner.remove();
    read?.();
  };
  const banner = el(
    "div",
    { class: "banner" },
    icon("bell"),
    el("p", {}, from && el("b", {}, from), message, at && el("time", {}, at)),
    action && el("button", { class: "button quiet", type: "button", onclick: action.act }, action.label),
    el("button", { class: "icon-button", type: "button", "aria-label": "Dismiss", onclick: dismiss }, icon("close")),
  );
  place.append(banner);
  return banner;
}

/**
 * A passing note on something the reader did.
 * @param {HTMLElement} place a polite live region
 * @param {string} message
 */
export function showToast(place, message) {
  const toast = el("div", { class: "toast" }, message);
  place.append(toast);
  while (place.children.length > TOASTS_KEPT) place.firstElementChild?.remove();
  setTimeout(() => toast.remove(), TOAST_MS);
}
