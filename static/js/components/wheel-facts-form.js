import { el, fill } from "../dom.js";
import { withWheelField } from "../wheel-editor/changes.js";
import { editField, showValue } from "./edit-field.js";

/** What is said of a wheel beside its segments. `words`: may still be changed when it has ended. */
const FIELDS = [
  { name: "wheel_name", label: "Name", words: true, attributes: { maxlength: "200" } },
  { name: "wheel_slug", label: "Code, in its address", attributes: { maxlength: "64" } },
  { name: "wheel_description", label: "Description", words: true, attributes: { maxlength: "4000" } },
  { name: "opens_at", label: "Opens by itself", attributes: { type: "datetime-local" } },
  { name: "closes_at", label: "Ends by itself", attributes: { type: "datetime-local" } },
  { name: "spin_config.duration_ms", label: "A spin takes, ms", attributes: { inputmode: "numeric" } },
  { name: "spin_config.price", label: "A chance costs the player", attributes: { inputmode: "decimal", placeholder: "not said" } },
  { name: "spin_chance_for_page_visit", label: "Chances for a day's visit", attributes: { inputmode: "numeric" } },
];

/** The fields of a wheel that are not its segments. */
export class WheelFactsForm {
  /** @type {Map<string, HTMLInputElement>} */
  #inputs = new Map();

  /**
   * @param {HTMLElement} place
   * @param {import("../wheel-editor/editor.js").WheelEditor} editor
   */
  constructor(place, editor) {
    fill(place, FIELDS.map(({ name, label, attributes }) => {
      const input = el("input", { name, autocomplete: "off", ...attributes });
      input.addEventListener("input", () => editor.change(withWheelField(editor.draft, name, input.value), name));
      input.addEventListener("blur", () => editor.settle());
      this.#inputs.set(name, input);
      return editField(label, input);
    }));
  }

  /** @param {import("../wheel-editor/draft.js").Draft} draft @param {boolean} stands whether its terms can change no more */
  show({ fields }, stands) {
    for (const { name, words } of FIELDS) {
      const input = /** @type {HTMLInputElement} */ (this.#inputs.get(name));
      showValue(input, fields[name]);
      input.disabled = stands && !words;
    }
  }
}
