import { el } from "../dom.js";

/**
 * Ask once before something that costs, saying what will happen.
 * @param {{label: string, words: string, quote?: string, reason?: boolean, field?: HTMLElement}} question `label`: the verb on the button; `quote`:
 *   the words that it is about; `reason`: whether one must be given; `field`: what else is asked, read by whoever asks
 * @returns {Promise<string | null>} the reason (or nothing in it), null when it is left
 */
export function confirmed({ label, words, quote, reason = false, field }) {
  const input = el("input", { id: "confirm-reason", maxlength: "500", autocomplete: "off", required: true });
  const dialog = el(
    "dialog",
    { id: "confirm", class: "sheet", "aria-labelledby": "confirm-title" },
    el(
      "form",
      { method: "dialog", class: "sheet-body desk-form" },
      el("h2", { id: "confirm-title" }, `${label}?`),
      el("p", { id: "confirm-words" }, words),
      quote !== undefined && el("blockquote", { class: "desk-quote" }, quote),
      field,
      reason && el("label", {}, "Reason ", input),
      el(
        "p",
        { class: "desk-moves" },
        el("button", { id: "confirm-yes", class: "button", value: "yes" }, label),
        el("button", { class: "button quiet", value: "no", formnovalidate: true }, "Leave it"),
      ),
    ),
  );
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue === "yes" ? input.value.trim() : null);
    });
  });
}
