import { el, fill } from "../dom.js";
import { shareText } from "../wheel-editor/draft.js";
import { CLAIM, CLAIM_REQUIRED, FALLBACK, REWARD_KINDS, STOCK } from "../wheel-editor/reward-kinds.js";
import { editField, markFault, showValue } from "./edit-field.js";

/** @typedef {import("../wheel-editor/draft.js").Draft} Draft */
/** @typedef {import("../wheel-editor/draft.js").Row} Row */
/** @typedef {import("../wheel-editor/reward-kinds.js").Field} Field */

/**
 * What can be done to a segment.
 * @typedef {{
 *   typed: (key: string, path: string, text: string) => void, share: (key: string, text: string) => string, type: (key: string, type: string) => void,
 *   color: (key: string, color: string | null) => void, move: (key: string, by: -1 | 1) => void, remove: (key: string) => void, settled: () => void,
 * }} Ways `share` answers why the text cannot be taken, or nothing
 */

/** The fields of one segment. Made once; told what to show whenever the draft has changed. */
export class SegmentRow {
  #key;
  #ways;
  #type = "";
  #swatch;
  #share;
  #unit = el("span", {}, "%");
  #odds = el("p", { class: "note", dir: "auto" });
  #detail = el("div", { class: "segment-fields" });
  #fallback;
  #offered = "";
  #kind;
  #legend = el("legend", { class: "for-readers" });
  #more = el("summary", {});
  #house;
  #first;
  #last;
  #remove;
  /** @type {Map<string, HTMLInputElement | HTMLSelectElement>} */
  #inputs = new Map();
  element;

  /** @param {string} key @param {Ways} ways */
  constructor(key, ways) {
    this.#key = key;
    this.#ways = ways;
    const label = this.#input({ path: "reward_label", label: "Name", kind: "text", longest: 200 });
    this.#swatch = el("input", { type: "color", name: "reward_color" });
    this.#swatch.addEventListener("input", () => ways.color(key, this.#swatch.value));
    this.#house = el("button", { class: "button quiet small", type: "button", onclick: () => ways.color(key, null) }, "House colour");
    this.#share = el("input", { name: "share", inputmode: "decimal", autocomplete: "off" });
    this.#kind = el("select", { name: "reward_type" }, Object.entries(REWARD_KINDS).map(([type, { name }]) => el("option", { value: type }, name)));
    this.#kind.addEventListener("change", () => ways.type(key, this.#kind.value));
    this.#fallback = el("select", { name: FALLBACK });
    this.#inputs.set(FALLBACK, this.#fallback);
    this.#fallback.addEventListener("change", () => ways.typed(key, FALLBACK, this.#fallback.value));
    this.#first = tool("Move up", "↑", () => ways.move(key, -1));
    this.#last = tool("Move down", "↓", () => ways.move(key, 1));
    this.#remove = tool("Remove", "×", () => ways.remove(key));
    const share = editField("Share", this.#share, { unit: this.#unit });
    this.#share.addEventListener("change", () => {
      markFault(share, ways.share(key, this.#share.value));
      share.toggleAttribute("data-untaken", this.#share.hasAttribute("aria-invalid"));
      ways.settled();
    });
    this.element = el(
      "li",
      { class: "segment", "data-key": key },
      el(
        "fieldset",
        {},
        this.#legend,
        el("div", { class: "segment-head" }, editField("Colour", this.#swatch), editField("Name", label), editField("Pays", this.#kind), share),
        this.#detail,
        el(
          "div",
          { class: "segment-foot" },
          this.#odds,
          el("span", { class: "segment-tools" }, this.#first, this.#last, this.#remove),
        ),
        el("details", { class: "segment-more" }, this.#more, el("div", { class: "segment-fields" }, this.#rest(), el("p", {}, this.#house))),
      ),
    );
  }

  /** What seldom has to be said. */
  #rest() {
    const description = this.#input({ path: "reward_description", label: "Description", kind: "text", longest: 4000 });
    const slug = this.#input({ path: "reward_slug", label: "Code", kind: "text", longest: 64 });
    const required = el("input", { type: "checkbox", name: CLAIM_REQUIRED });
    required.addEventListener("change", () => this.#ways.typed(this.#key, CLAIM_REQUIRED, required.checked ? "true" : ""));
    this.#inputs.set(CLAIM_REQUIRED, required);
    return [
      editField("Code", slug),
      editField("Description", description, { wide: true }),
      ...STOCK.map((field) => editField(field.label, this.#input(field))),
      editField("Once run out, pay", this.#fallback),
      el("label", { class: "check" }, required, " must be claimed by the player"),
      editField(CLAIM.label, this.#input(CLAIM)),
    ];
  }

  /** @param {Field} field */
  #input({ path, kind, hint, required, longest }) {
    const inputmode = kind === "whole" ? "numeric" : kind === "decimal" ? "decimal" : null;
    const input = el("input", { name: path, autocomplete: "off", placeholder: hint, inputmode, maxlength: longest, "aria-required": required ? "true" : null });
    input.addEventListener("input", () => this.#ways.typed(this.#key, path, input.value));
    input.addEventListener("blur", this.#ways.settled);
    this.#inputs.set(path, input);
    return input;
  }

  /**
   * @param {Row} row
   * @param {Draft} draft
   * @param {string} fill the colour in which it is drawn
   * @param {string} names all segments by name and code: what fallbacks are chosen from
   * @param {import("../format.js").Format} format
   */
  show(row, draft, fill, names, format) {
    const at = draft.rows.indexOf(row);
    this.#legend.textContent = `Segment ${at + 1}: ${row.fields.reward_label}`;
    if (row.type !== this.#type) this.#showType(row.type);
    this.#kind.value = row.type;
    this.#swatch.value = fill;
    this.#house.disabled = row.color === null;
    showValue(this.#share, shareText(draft, row));
    this.#unit.textContent = draft.unit === "weight" ? `= ${format.percent(row.width / draft.size)}` : "%";
    this.#odds.textContent = `${format.integer(row.width)} of ${format.integer(draft.size)}, one in ${format.oneIn(draft.size / row.width)}`;
    if (names !== this.#offered) this.#offerFallbacks(draft);
    this.#offered = names;
    for (const [path, input] of this.#inputs) {
      const text = row.fields[path] ?? "";
      if (input instanceof HTMLInputElement && input.type === "checkbox") input.checked = text !== "";
      else showValue(input, text);
    }
    this.#more.textContent = `More: ${this.#summary(row, draft)}`;
    this.#first.disabled = at === 0;
    this.#last.disabled = at === draft.rows.length - 1;
    this.#remove.disabled = draft.rows.length === 1;
  }

  /** @param {string} type */
  #showType(type) {
    for (const { path } of REWARD_KINDS[this.#type]?.fields ?? []) this.#inputs.delete(path);
    this.#type = type;
    fill(this.#detail, (REWARD_KINDS[type]?.fields ?? []).map((field) => editField(field.label, this.#input(field))));
  }

  /** @param {Draft} draft */
  #offerFallbacks({ rows }) {
    const others = rows.filter(({ key }) => key !== this.#key);
    fill(this.#fallback, el("option", { value: "" }, "nothing said"), others.map(({ key, fields }) => el("option", { value: key }, `${fields.reward_label} (${fields.reward_slug})`)));
  }

  /** @param {Row} row @param {Draft} draft */
  #summary({ fields }, { rows }) {
    const limits = STOCK.filter(({ path }) => fields[path]).map(({ path, label }) => `${label.toLowerCase()} ${fields[path]}`);
    const fallback = rows.find(({ key }) => key === fields[FALLBACK])?.fields.reward_label;
    return [`code ${fields.reward_slug || "none"}`, limits.join(", ") || "no limit of stock", fallback && `then ${fallback}`, fields[CLAIM_REQUIRED] && "to be claimed"].filter(Boolean).join(" · ");
  }
}

/** @param {string} label @param {string} sign @param {() => void} act */
function tool(label, sign, act) {
  return el("button", { class: "icon-button", type: "button", "aria-label": label, title: label, onclick: act }, sign);
}
