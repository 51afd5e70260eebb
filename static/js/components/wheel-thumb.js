import { paintDisc, paintEmblem, paintLight, paintRim } from "./wheel-paint.js";
import { WHEEL_FACE } from "./wheel-canvas.js";
import { segmentsOf } from "./wheel-segments.js";

/**
 * A wheel standing still, as a picture of itself.
 * @param {HTMLCanvasElement} canvas
 * @param {import("../protocol.js").Reward[]} rewards
 * @param {number} width in CSS pixels
 */
export async function paintThumb(canvas, rewards, width) {
  await document.fonts.load(`650 20px ${WHEEL_FACE}`);
  const size = (canvas.width = canvas.height = Math.round(width * Math.min(devicePixelRatio, 2.5)));
  const ctx = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  const radius = size * 0.46;
  ctx.translate(size / 2, size / 2);
  paintRim(ctx, radius);
  paintDisc(ctx, radius, segmentsOf(rewards), WHEEL_FACE);
  paintLight(ctx, radius);
  paintEmblem(ctx, radius);
}
