import { el } from "../dom.js";

/** @typedef {import("../protocol.js").Simulation} Simulation */

const HEIGHT = 260;
/** Room for the name of a quantile above the bars. */
const HEADROOM = 1.16;

/**
 * A picture of what all spins may cost: how likely each cost is, with the costs that are not exceeded in 5, 50 and 95 of a
 * hundred. The library comes when the first picture is drawn.
 * @param {HTMLElement} place
 * @param {Simulation} found
 * @param {import("../format.js").Format} format
 */
export async function showCostPlot(place, found, format) {
  const { quantiles, currency } = found;
  const bars = widerThanNothing(found.bars);
  const money = (/** @type {number | string} */ amount) => format.money(String(amount), currency, { whole: true });
  if (bars.length < 2) return place.replaceChildren(el("p", { class: "note" }, `All cases cost the same, ${money(quantiles["50%"])}.`));
  const { default: UPlot } = await import("/static/vendor/uplot/uPlot.esm.js");
  const told = el("p", { class: "note", role: "status" }, HINT);
  const drawing = el("div", { class: "cost-plot", role: "img", "aria-label": `How likely each cost is. ${Object.entries(quantiles).map(([share, cost]) => `In ${share} of cases no more than ${money(cost)}`).join(". ")}.` });
  place.replaceChildren(drawing, told);
  const [ink, quiet, line, brass, sea] = ["--ink", "--ink-quiet", "--line", "--brass-words", "--sea"].map((name) => getComputedStyle(place).getPropertyValue(name).trim());
  const face = `12px ${getComputedStyle(place).fontFamily}`;
  const axis = { stroke: quiet, font: face, grid: { stroke: line, width: 1 }, ticks: { stroke: line, width: 1 } };
  const highest = Math.max(...bars.map(({ probability }) => probability));
  const chart = new UPlot(
    {
      width: drawing.clientWidth,
      height: HEIGHT,
      legend: { show: false },
      cursor: { y: false, points: { show: false }, drag: { setScale: false } },
      scales: { x: { time: false, range: [Number(bars[0].cost_from), Number(bars[bars.length - 1].cost_to)] }, y: { range: [0, highest * HEADROOM] } },
      axes: [
        { ...axis, space: 90, values: (/** @type {unknown} */ _, /** @type {number[]} */ at) => at.map(money) },
        { ...axis, size: 56, values: (/** @type {unknown} */ _, /** @type {number[]} */ at) => at.map((share) => format.percent(share)) },
      ],
      series: [{}, { stroke: sea, fill: sea, width: 0, paths: UPlot.paths.bars({ size: [1, Infinity], align: 1, gap: 1 }), points: { show: false } }],
      hooks: {
        draw: [(/** @type {any} */ plot) => Object.entries(quantiles).forEach(([share, cost]) => mark(plot, Number(cost), share, { ink, brass, face }))],
        setCursor: [(/** @type {any} */ { cursor: { idx } }) => (told.textContent = idx === null || idx === undefined ? HINT : `${money(bars[idx].cost_from)} to ${money(bars[idx].cost_to)}: ${format.percent(bars[idx].probability)}`)],
      },
    },
    [bars.map(({ cost_from }) => Number(cost_from)), bars.map(({ probability }) => probability)],
    drawing,
  );
  new ResizeObserver(() => chart.setSize({ width: drawing.clientWidth, height: HEIGHT })).observe(drawing);
}

/**
 * Bars narrower than the currency's smallest unit begin and end at the same amount: they belong to the next.
 * @param {Simulation["bars"]} bars
 */
function widerThanNothing(bars) {
  /** @type {Simulation["bars"]} */
  const wider = [];
  let carried = 0;
  for (const { cost_from, cost_to, probability } of bars) {
    carried += probability;
    if (cost_from === cost_to) continue;
    wider.push({ cost_from, cost_to, probability: carried });
    carried = 0;
  }
  const last = wider.at(-1);
  if (last !== undefined) last.probability += carried;
  return wider;
}

const HINT = "Point at a bar to read it. The lines are the costs that are not exceeded in 5, 50 and 95 of a hundred cases.";

/**
 * A line at a cost, with the share of cases that stay below it.
 * @param {any} plot
 * @param {number} cost
 * @param {string} share
 * @param {{ink: string, brass: string, face: string}} looks
 */
function mark(plot, cost, share, { ink, brass, face }) {
  const { ctx, bbox } = plot;
  const x = Math.round(plot.valToPos(cost, "x", true));
  ctx.save();
  ctx.strokeStyle = brass;
  ctx.lineWidth = 2 * devicePixelRatio;
  ctx.setLineDash([6 * devicePixelRatio, 4 * devicePixelRatio]);
  ctx.beginPath();
  ctx.moveTo(x, bbox.top + 18 * devicePixelRatio);
  ctx.lineTo(x, bbox.top + bbox.height);
  ctx.stroke();
  ctx.fillStyle = ink;
  ctx.font = face.replace("12px", `${12 * devicePixelRatio}px`);
  ctx.textAlign = "center";
  ctx.fillText(share, Math.min(bbox.left + bbox.width - 14 * devicePixelRatio, Math.max(bbox.left + 14 * devicePixelRatio, x)), bbox.top + 12 * devicePixelRatio);
  ctx.restore();
}
