import { el, fill } from "../dom.js";
import { withMoved, withRow, withRowField, withSegment, withWeight, withWidth, withoutSegment } from "../wheel-editor/changes.js";
import { percentText, positionsOf } from "../wheel-editor/shares.js";
import { SegmentRow } from "./segment-row.js";

/** @typedef {import("../wheel-editor/draft.js").Draft} Draft */
/** @typedef {import("./wheel-segments.js").Segment} Segment */

/** The segments of a wheel as fields, in their order. */
export class SegmentList {
  #place;
  #editor;
  #format;
  /** @type {Map<string, SegmentRow>} */
  #rows = new Map();

  /**
   * @param {HTMLElement} place an `ol`
   * @param {import("../wheel-editor/editor.js").WheelEditor} editor
   * @param {import("../format.js").Format} format
   */
  constructor(place, editor, format) {
    this.#place = place;
    this.#editor = editor;
    this.#format = format;
  }

  /** @param {Draft} draft @param {Segment[]} segments as they are drawn */
  show(draft, segments) {
    const keys = draft.rows.map(({ key }) => key);
    for (const [key] of this.#rows) if (!keys.includes(key)) this.#rows.delete(key);
    for (const key of keys) if (!this.#rows.has(key)) this.#rows.set(key, new SegmentRow(key, this.#ways()));
    const wanted = keys.map((key) => /** @type {SegmentRow} */ (this.#rows.get(key)).element);
    if (wanted.some((element, at) => this.#place.children[at] !== element) || this.#place.children.length !== wanted.length) this.#order(wanted);
    const names = JSON.stringify(draft.rows.map(({ key, fields }) => [key, fields.reward_label, fields.reward_slug]));
    draft.rows.forEach((row, at) => this.#rows.get(row.key)?.show(row, draft, segments[at].fill, names, this.#format));
  }

  /** The focus stays where it was although its row moves. @param {HTMLElement[]} wanted */
  #order(wanted) {
    const focused = document.activeElement;
    fill(this.#place, wanted);
    if (focused instanceof HTMLElement && this.#place.contains(focused)) focused.focus();
  }

  /** A segment more, with the focus on its name. @param {string[]} taken codes that may not be used again */
  add(taken) {
    this.#editor.change(withSegment(this.#editor.draft, taken));
    /** @type {HTMLInputElement | null | undefined} */ (this.#place.lastElementChild?.querySelector('[name="reward_label"]'))?.select();
  }

  /** @returns {import("./segment-row.js").Ways} */
  #ways() {
    const editor = this.#editor;
    return {
      typed: (key, path, text) => editor.change(withRowField(editor.draft, key, path, text), `${key} ${path}`),
      share: (key, text) => this.#share(key, text),
      type: (key, type) => editor.change(this.#withType(key, type)),
      color: (key, color) => editor.change(withRow(editor.draft, key, (row) => ({ ...row, color })), `${key} color`),
      move: (key, by) => {
        editor.change(withMoved(editor.draft, key, by));
        this.#focusTool(editor.draft.rows.findIndex((row) => row.key === key));
      },
      remove: (key) => {
        const at = editor.draft.rows.findIndex((row) => row.key === key);
        editor.change(withoutSegment(editor.draft, key));
        this.#focusTool(Math.min(at, editor.draft.rows.length - 1));
      },
      settled: () => editor.settle(),
    };
  }

  /** Where the button that was pressed can be pressed no more, the focus goes to one beside it. @param {number} at */
  #focusTool(at) {
    const { activeElement } = document;
    if (activeElement instanceof HTMLButtonElement && activeElement.isConnected && !activeElement.disabled) return;
    /** @type {HTMLElement | null | undefined} */ (this.#place.children[at]?.querySelector(".segment-tools button:enabled"))?.focus();
  }

  /** What pays money pays the house's own, unless another currency has been typed. @param {string} key @param {string} type */
  #withType(key, type) {
    const currency = this.#format.currency ?? "";
    return withRow(this.#editor.draft, key, (row) => ({ ...row, type, fields: { ...row.fields, "reward_detail.currency": row.fields["reward_detail.currency"] || currency } }));
  }

  /** @param {string} key @param {string} text */
  #share(key, text) {
    const { draft } = this.#editor;
    const row = draft.rows.find((one) => one.key === key);
    if (row === undefined) return "";
    if (draft.unit === "weight") {
      if (!/^[1-9]\d{0,11}$/.test(text.trim())) return "A weight is a whole number of 1 or more.";
      this.#editor.change(withWeight(draft, key, Number(text)));
      return "";
    }
    const width = positionsOf(text, draft.size);
    if (width === null) return "A share is a percentage, for example 12.5.";
    if (percentText(row.width, draft.size) === percentText(width, draft.size)) return "";
    const found = withWidth(draft, key, width);
    if ("draft" in found) {
      this.#editor.change(found.draft);
      return "";
    }
    const most = `${percentText(found.most, draft.size)} %`;
    if (width < 1) return `Less than one of ${this.#format.integer(draft.size)} positions: remove the segment, or give it more.`;
    return found.from === null ? `No more than ${most} can be had.` : `“${found.from}” can give no more: this segment can have ${most} at the most.`;
  }
}
