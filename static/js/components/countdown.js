/**
 * Keep an element counting down to a moment on the server's clock.
 * @param {HTMLElement} element
 * @param {number} until unix ms
 * @param {{now: () => number, format: import("../format.js").Format, over?: string}} options `over` is shown afterwards
 */
export function countDown(element, until, { now, format, over = "closing" }) {
  const render = () => {
    const left = until - now();
    element.textContent = left > 0 ? format.span(left) : over;
    if (left <= 0 || (!element.isConnected && element.dataset.shown)) return;
    element.dataset.shown = "yes";
    setTimeout(render, left > 3_600_000 ? 30_000 : left % 1_000 || 1_000);
  };
  render();
}
