import { ApiProblem, wordsOf } from "../api.js";
import { el, fill } from "../dom.js";
import { settingName } from "../setting-names.js";
import { editField, markFault } from "./edit-field.js";
import { SET_TABLES } from "./set-tables.js";

/** @typedef {import("../protocol.js").Schema} Schema */
/** @typedef {HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement} Input */
/** @typedef {{path: string[], input: Input, read: (text: string) => unknown}} Field */

/** Longer texts than this have several lines. */
const ONE_LINE = 200;

/** A form made of a JSON Schema: what is left empty stands as its default, which is shown in its place. */
export class SchemaForm {
  #under;
  #whole;
  #format;
  /** @type {Field[]} */
  #fields = [];

  /**
   * @param {HTMLElement} place
   * @param {Schema} schema of an object
   * @param {Record<string, any>} value what is set so far
   * @param {string} under the column that the object is, by which faults find its fields
   * @param {import("../format.js").Format} format
   */
  constructor(place, schema, value, under, format) {
    this.#format = format;
    this.#whole = schema;
    this.#under = under;
    fill(place, this.#parts(this.#resolved(schema), value, []));
  }

  /** Whether there is nothing to set. */
  get empty() {
    return this.#fields.length === 0;
  }

  /**
   * What is set; what is left empty is left out.
   * @throws {Error} a text that is not written as it must be, said beside it too
   */
  get value() {
    /** @type {Record<string, any>} */
    const value = {};
    for (const { path, input, read } of this.#fields) {
      const text = input.value.trim();
      if (text === "") continue;
      let holder = value;
      for (const key of path.slice(0, -1)) holder = holder[key] ??= {};
      try {
        holder[path[path.length - 1]] = read(text);
      } catch {
        markFault(/** @type {Element} */ (input.closest("[data-field]")), "is not written as JSON");
        const folded = input.closest("details");
        if (folded !== null) folded.open = true;
        input.focus();
        throw new Error(`${settingName(path)} is not written as JSON.`);
      }
    }
    return value;
  }

  /** @param {Schema} schema @param {Record<string, any>} value @param {string[]} path @returns {HTMLElement[]} */
  #parts({ properties = {} }, value, path) {
    return Object.entries(properties).map(([key, part]) => {
      const schema = this.#resolved(part);
      const here = [...path, key];
      if (schema.properties === undefined) return this.#field({ ...schema, default: part.default }, value[key], here);
      return el("fieldset", { class: "setting-group" }, el("legend", {}, settingName(here)), el("div", { class: "segment-fields" }, this.#parts(schema, value[key] ?? {}, here)));
    });
  }

  /** @param {Schema} schema @param {unknown} value @param {string[]} path */
  #field(schema, value, path) {
    const { input, read, wide } = inputOf(schema, [this.#under, ...path].join("."));
    if (value !== undefined && value !== null) input.value = typeof value === "object" ? JSON.stringify(value, null, 2) : String(value);
    this.#fields.push({ path, input, read });
    const field = editField(settingName(path, schema.title), input, { wide });
    if (schema.description) field.append(el("p", { class: "note" }, schema.description));
    return path[path.length - 1] in SET_TABLES ? this.#asTable(path[path.length - 1], field, input) : field;
  }

  /** A set, which is read as a table and written as JSON. @param {string} name @param {HTMLElement} field @param {Input} input */
  #asTable(name, field, input) {
    const table = el("div");
    const show = () => {
      try {
        const set = JSON.parse(input.value || "[]");
        fill(table, set.length > 0 ? SET_TABLES[name](set, this.#format, this.#size) : el("p", { class: "empty" }, "None: each game that is made says its own."));
      } catch {
        // What is being written is no set yet; the table stands as it was.
      }
    };
    input.addEventListener("input", show);
    show();
    return el("div", { class: "setting-set" }, table, el("details", { class: "segment-more" }, el("summary", {}, `${settingName([name])}, as data`), field));
  }

  /** Positions of the wheel that rewards share. */
  get #size() {
    return Number(/** @type {HTMLInputElement | null} */ (document.querySelector('[name="template_config.wheel_config.size"]'))?.value || 1_000_000);
  }

  /** A schema itself: a reference followed, and null, which is to leave it empty, left out. @param {Schema} schema @returns {Schema} */
  #resolved(schema) {
    const choices = schema.anyOf?.filter(({ type }) => type !== "null") ?? [];
    const named = schema.$ref?.split("/").pop();
    if (named !== undefined) return /** @type {Schema} */ (this.#whole.$defs?.[named]);
    return choices.length === 1 ? { ...schema, anyOf: undefined, ...this.#resolved(choices[0]) } : schema;
  }
}

/**
 * Say what went wrong: each fault beside the field that it is in, the rest in one place.
 * @param {unknown} problem
 * @param {HTMLElement} form
 * @param {HTMLElement} place
 */
export function showFormProblem(problem, form, place) {
  const faults = problem instanceof ApiProblem ? problem.faults : [];
  if (faults.length === 0) place.textContent = wordsOf(problem);
  else place.textContent = placeFormFaults(faults, form).map(({ path, message }) => `${path.replace(/^\$\.?/, "") || "Altogether"}: ${message}`).join("; ");
}

/** @param {import("../api.js").Fault[]} faults @param {HTMLElement} form @returns those for which there is no field */
function placeFormFaults(faults, form) {
  const homeless = faults.filter(({ path, message }) => {
    const said = path.replace(/^\$\.?/, "");
    let name = said;
    let field = fieldNamed(form, name);
    while (field === null && /[.[]/.test(name)) {
      name = name.replace(/(\.[^.[]*|\[[^[]*)$/, "");
      field = fieldNamed(form, name);
    }
    if (field === null) return true;
    const before = field.querySelector(".fault")?.textContent;
    const rest = said.slice(name.length).replace(/^\./, "");
    const folded = field.closest("details");
    if (folded !== null) folded.open = true;
    markFault(field, [before, rest ? `${rest} ${message}` : message].filter(Boolean).join("; "));
    return false;
  });
  const first = /** @type {HTMLElement | null} */ (form.querySelector("[aria-invalid]"));
  first?.scrollIntoView({ block: "center" });
  first?.focus({ preventScroll: true });
  return homeless;
}

/** @param {HTMLElement} page @param {string} name */
function fieldNamed(page, name) {
  return name === "" ? null : page.querySelector(`[data-field="${CSS.escape(name)}"]`);
}

/** @param {Schema} schema @param {string} name @returns {{input: Input, read: (text: string) => unknown, wide?: boolean}} */
function inputOf({ type, enum: words, minimum, maximum, minLength, maxLength, anyOf, default: standard }, name) {
  const usual = standard === null || standard === undefined || typeof standard === "object" ? "" : String(standard);
  const choices = words?.map(String) ?? (type === "boolean" ? ["true", "false"] : null);
  if (choices !== null) {
    const shown = (/** @type {string} */ word) => (type === "boolean" ? (word === "true" ? "yes" : "no") : word.replaceAll("_", " "));
    const options = [el("option", { value: "" }, usual === "" ? "–" : `${shown(usual)}, as usual`), ...choices.map((word) => el("option", { value: word }, shown(word)))];
    return { input: el("select", { name }, options), read: (text) => (type === "boolean" ? text === "true" : words?.find((word) => String(word) === text)) };
  }
  if (type === "integer" || type === "number") {
    const attributes = { name, type: "number", min: minimum, max: maximum, step: type === "integer" ? "1" : "any", placeholder: usual };
    return { input: el("input", attributes), read: Number };
  }
  if (type === "string") {
    const long = (maxLength ?? 0) > ONE_LINE;
    const attributes = { name, maxlength: maxLength, minlength: minLength, autocomplete: "off", placeholder: usual };
    return { input: long ? el("textarea", { ...attributes, rows: "2" }) : el("input", attributes), read: String, wide: long };
  }
  // What may be a word or an object is a word unless it is written as the other.
  const worded = anyOf?.some((choice) => choice.type === "string") ?? false;
  const read = (/** @type {string} */ text) => (worded && !/^[[{"]/.test(text) ? text : JSON.parse(text));
  return { input: el("textarea", { name, rows: worded ? "1" : /** @type {string} */ (name.split(".").pop()) in SET_TABLES ? "8" : "3", spellcheck: "false", class: worded ? null : "as-data", placeholder: worded ? "" : "[]" }), read, wide: !worded };
}
