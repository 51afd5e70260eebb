import { el } from "../dom.js";
import { drawn, percentText, widthAt } from "../wheel-editor/shares.js";

/** @typedef {import("../wheel-editor/draft.js").Draft} Draft */

/** Where a border's handle stands, as a share of half the drawing: on the scale inside the rim. */
const REACH = 0.8;
/** A dragged border stops at so much of the wheel, and an arrow key moves it by so much. */
const STEP = 0.001;
const LEAP = 0.01;

/**
 * Handles on the drawing, one a border between two segments: dragged, or moved by the arrow keys when focused. What one segment
 * gains its neighbour loses. The border at the zero mark stands still.
 */
export class WheelBorders {
  #frame;
  #move;
  #settled;
  /** @type {HTMLElement[]} */
  #handles = [];
  /** @type {Draft | null} */
  #draft = null;

  /**
   * @param {HTMLElement} frame around the drawing, square
   * @param {{move: (at: number, width: number) => void, settled: () => void}} ways `move`: the segment before the border is to have this width
   */
  constructor(frame, { move, settled }) {
    this.#frame = frame;
    this.#move = move;
    this.#settled = settled;
  }

  /** @param {Draft | null} draft null: nothing may be moved */
  show(draft) {
    this.#draft = draft;
    const count = Math.max(0, (draft?.rows.length ?? 0) - 1);
    while (this.#handles.length > count) this.#handles.pop()?.remove();
    while (this.#handles.length < count) this.#handles.push(this.#handle(this.#handles.length));
    if (draft === null) return;
    const angles = drawn(draft.rows.map(({ width }) => width));
    this.#handles.forEach((handle, at) => this.#place(handle, draft, at, angles[at + 1].start));
  }

  /** @param {HTMLElement} handle @param {Draft} draft @param {number} at @param {number} angle */
  #place(handle, { rows, size }, at, angle) {
    const [before, after] = [rows[at], rows[at + 1]];
    const turn = (angle * Math.PI) / 180;
    handle.style.left = `${50 + 50 * REACH * Math.sin(turn)}%`;
    handle.style.top = `${50 - 50 * REACH * Math.cos(turn)}%`;
    handle.style.rotate = `${angle}deg`;
    handle.setAttribute("aria-label", `Border of ${before.fields.reward_label} and ${after.fields.reward_label}`);
    handle.setAttribute("aria-valuemin", "1");
    handle.setAttribute("aria-valuemax", String(before.width + after.width - 1));
    handle.setAttribute("aria-valuenow", String(before.width));
    handle.setAttribute("aria-valuetext", `${percentText(before.width, size)} % and ${percentText(after.width, size)} %`);
  }

  /** @param {number} at */
  #handle(at) {
    const handle = el("span", { class: "border-handle", role: "slider", tabindex: "0" });
    handle.addEventListener("keydown", (event) => this.#onKey(event, at));
    handle.addEventListener("blur", this.#settled);
    handle.addEventListener("pointerdown", (event) => {
      handle.setPointerCapture(event.pointerId);
      handle.classList.add("is-held");
    });
    handle.addEventListener("pointermove", (event) => handle.hasPointerCapture(event.pointerId) && this.#onDrag(event, at));
    handle.addEventListener("lostpointercapture", () => {
      handle.classList.remove("is-held");
      this.#settled();
    });
    this.#frame.append(handle);
    return handle;
  }

  /** @param {PointerEvent} event @param {number} at */
  #onDrag(event, at) {
    if (this.#draft === null) return;
    const { size, rows } = this.#draft;
    const widths = rows.map(({ width }) => width);
    const { left, top, width, height } = this.#frame.getBoundingClientRect();
    const pointed = (Math.atan2(event.clientX - left - width / 2, top + height / 2 - event.clientY) * 180) / Math.PI;
    const stands = drawn(widths)[at + 1].start;
    // The way there that is the shorter one, so that a border near the zero mark does not jump over it.
    const angle = stands + ((((pointed - stands) % 360) + 540) % 360) - 180;
    const step = Math.max(1, Math.round(size * STEP));
    this.#move(at, Math.round(widthAt(widths, at, angle) / step) * step);
  }

  /** @param {KeyboardEvent} event @param {number} at */
  #onKey(event, at) {
    if (this.#draft === null || event.ctrlKey || event.metaKey || event.altKey) return;
    const { size, rows } = this.#draft;
    const width = rows[at].width;
    const step = event.shiftKey ? 1 : Math.max(1, Math.round(size * STEP));
    const leap = Math.max(1, Math.round(size * LEAP));
    /** @type {Record<string, number>} */
    const to = {
      ArrowRight: width + step, ArrowUp: width + step, ArrowLeft: width - step, ArrowDown: width - step,
      PageUp: width + leap, PageDown: width - leap, Home: 1, End: width + rows[at + 1].width - 1,
    };
    if (!(event.key in to)) return;
    event.preventDefault();
    this.#move(at, to[event.key]);
  }
}
