import { callAs } from "./session.js";

/** @typedef {{wheel_id: string, spins_per_second: number, spins: number, hits: number}} WheelFigures */

const EVERY_MS = 3_000;

/**
 * Ask how much is played just now, again and again while the page is looked at.
 * @param {(figures: Map<string, WheelFigures>) => void} show by wheel; wheels that nobody has played lately are not in it
 */
export function followPlay(show) {
  async function look() {
    if (document.visibilityState === "hidden") return;
    const answer = await callAs("/api/v1/play-figures").catch(() => null);
    if (answer !== null) show(new Map(answer.wheels.map((/** @type {WheelFigures} */ one) => [one.wheel_id, one])));
  }
  void look();
  setInterval(() => void look(), EVERY_MS);
}

/**
 * All wheels together.
 * @param {Iterable<WheelFigures>} figures
 */
export function altogether(figures) {
  const sum = { spins_per_second: 0, spins: 0, hits: 0 };
  for (const { spins_per_second, spins, hits } of figures) {
    sum.spins_per_second += spins_per_second;
    sum.spins += spins;
    sum.hits += hits;
  }
  return sum;
}

/**
 * The share of spins that won something, as written; a dash where none has stopped lately.
 * @param {{spins: number, hits: number} | undefined} figures
 * @param {import("./format.js").Format} format
 */
export function hitRate(figures, format) {
  return figures === undefined || figures.spins === 0 ? "–" : format.percent(figures.hits / figures.spins);
}

/**
 * Pace and hits as cards.
 * @param {import("./components/figure-cards.js").FigureCards} cards with `pace` and `hits`
 * @param {{spins_per_second: number, spins: number, hits: number}} figures
 * @param {import("./format.js").Format} format
 */
export function showPlay(cards, figures, format) {
  cards.set("pace", format.decimal(figures.spins_per_second, 1), "spins a second");
  cards.set("hits", hitRate(figures, format), figures.spins === 0 ? "hit rate: none has stopped yet" : `hit rate of the newest ${format.integer(figures.spins)}`);
}
