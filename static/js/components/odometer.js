import { el, fill } from "../dom.js";
import { motionReduced } from "../motion/reduced.js";

const ROLL_MS = 900;

/** The figures that are on a page, each with what rolls it. @type {WeakMap<HTMLElement, Odometer>} */
const odometers = new WeakMap();

/**
 * A figure that rolls up to its new value as an odometer does: the last digit runs, and each other turns with the one behind
 * it, so that what is shown is never more than what was told. A value that falls is shown at once. Readers of the screen get
 * the value alone.
 * @param {HTMLElement} element
 * @param {string} text the figure as it is written, grouped and with its currency
 */
export function rollTo(element, text) {
  let odometer = odometers.get(element);
  if (odometer === undefined) odometers.set(element, (odometer = new Odometer(element)));
  odometer.show(text);
}

class Odometer {
  #element;
  #shape = "";
  /** The strip of each digit, the last one first. @type {HTMLElement[]} */
  #strips = [];
  /** What is told, and what is shown on the way there, in units of the last digit. */
  #told = 0n;
  #shown = 0n;
  #frame = 0;

  /** @param {HTMLElement} element */
  constructor(element) {
    this.#element = element;
    element.classList.add("odometer");
  }

  /** @param {string} text */
  show(text) {
    const digits = text.replace(/\D/g, "");
    const shape = text.replace(/\d/g, "0");
    const told = BigInt(digits || "0");
    const rolls = shape === this.#shape && told > this.#shown && !motionReduced();
    if (shape !== this.#shape) this.#build(text, shape);
    else if (told === this.#told) return;
    this.#told = told;
    /** @type {HTMLElement} */ (this.#element.firstElementChild).textContent = text;
    cancelAnimationFrame(this.#frame);
    if (rolls) this.#roll(this.#shown);
    else this.#turn(told, 0);
  }

  /**
   * @param {string} text
   * @param {string} shape
   */
  #build(text, shape) {
    this.#shape = shape;
    this.#element.style.setProperty("--signs", String(text.length));
    const signs = [...text].map((sign) => (/\d/.test(sign) ? el("span", { class: "odometer-digit" }, strip()) : el("span", {}, sign)));
    fill(this.#element, el("span", { class: "for-readers" }), el("span", { class: "odometer-row", "aria-hidden": "true" }, signs));
    this.#strips = [...this.#element.querySelectorAll(".odometer-strip")].map((each) => /** @type {HTMLElement} */ (each)).reverse();
  }

  /** @param {bigint} from */
  #roll(from) {
    const by = Number(this.#told - from);
    const began = performance.now();
    const step = (/** @type {number} */ now) => {
      const share = Math.min(1, Math.max(0, (now - began) / ROLL_MS));
      if (share === 1) return this.#turn(this.#told, 0);
      const gone = by * (1 - (1 - share) ** 3);
      this.#turn(from + BigInt(Math.floor(gone)), gone % 1);
      this.#frame = requestAnimationFrame(step);
    };
    this.#frame = requestAnimationFrame(step);
  }

  /**
   * @param {bigint} value
   * @param {number} part of the next unit, 0–1
   */
  #turn(value, part) {
    this.#shown = value;
    let carried = part;
    for (const each of this.#strips) {
      const digit = Number(value % 10n);
      each.style.transform = `translateY(${(-(digit + carried) / 11) * 100}%)`;
      if (digit !== 9) carried = 0;
      value /= 10n;
    }
  }
}

/** The digits of one place, and a nought again to roll on to. */
function strip() {
  return el("span", { class: "odometer-strip" }, [..."01234567890"].map((each) => el("span", {}, each)));
}
