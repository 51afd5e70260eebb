/** One drawing a reward type on a 24 × 24 grid, for the canvas (Path2D) and the page (svg) alike. @type {Record<string, string>} */
const PATHS = {
  cash: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18Zm0 2.2a6.8 6.8 0 1 1 0 13.6 6.8 6.8 0 0 1 0-13.6Zm0 2.3-1.3 3.1-3.3.3 2.5 2.2-.8 3.3 2.9-1.8 2.9 1.8-.8-3.3 2.5-2.2-3.3-.3L12 7.5Z",
  free_bet: "M3 6.5h18v3.6a2 2 0 0 0 0 3.8v3.6H3v-3.6a2 2 0 0 0 0-3.8V6.5Zm11 2v1.4h1.6V8.5H14Zm0 2.8v1.4h1.6v-1.4H14Zm0 2.8v1.4h1.6v-1.4H14Z",
  spin_chance: "M12 4a8 8 0 0 1 6.6 3.5V4.4H21v7h-7V9h3.2A5.6 5.6 0 1 0 17.4 13.6h2.5A8 8 0 1 1 12 4Z",
  balance_boost: "M12 3.5 19.5 11h-4.2v4H8.7v-4H4.5L12 3.5ZM8.7 17h6.6v2.8H8.7V17Z",
  in_kind: "M12 7.4C10.8 4.7 8.9 3.6 7.4 4.1 5.9 4.6 5.7 6.4 6.8 7.4H3.5v4h17v-4h-3.3c1.1-1 .9-2.8-.6-3.3-1.5-.5-3.4.6-4.6 3.3ZM4.7 12.8V20.5h6.2v-7.7H4.7Zm8.4 0v7.7h6.2v-7.7h-6.2Z",
  none: "M3 9.6c2.2-2.2 4.4-2.2 6.6 0s4.2 2.2 6.2.2 3.6-1.8 5.2-.4v2.6c-1.6-1.4-3.2-1.6-5.2.4s-4.4 1.8-6.6-.4-4-1.8-6.2.2V9.6Zm0 5.2c2.2-2.2 4.4-2.2 6.6 0s4.2 2.2 6.2.2 3.6-1.8 5.2-.4v2.6c-1.6-1.4-3.2-1.6-5.2.4s-4.4 1.8-6.6-.4-4-1.8-6.2.2v-2.6Z",
};

/** @param {string} type a `reward_type` @returns {Path2D} */
export function rewardPath(type) {
  return new Path2D(PATHS[type] ?? PATHS.cash);
}

/** @param {string} type a `reward_type` */
export function rewardIcon(type) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", PATHS[type] ?? PATHS.cash);
  path.setAttribute("fill", "currentColor");
  path.setAttribute("fill-rule", "evenodd");
  svg.append(path);
  return svg;
}
