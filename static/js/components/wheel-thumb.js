import { drawingOf } from "../engine-drawing.js";
import { paintDisc, paintEmblem, paintLight, paintRim } from "./wheel-paint.js";
import { WHEEL_FACE } from "./wheel-canvas.js";
import { segmentsOf } from "./wheel-segments.js";

/**
 * A wheel standing still, as a picture of itself; of another engine, its drawing before anything has happened.
 * @param {HTMLCanvasElement} canvas
 * @param {import("../protocol.js").Wheel & {rewards: import("../protocol.js").Reward[]}} wheel
 * @param {number} width in CSS pixels
 */
export async function paintThumb(canvas, wheel, width) {
  const { rewards, engine_config, engine_type } = wheel;
  if (engine_type !== "wheel") {
    const drawn = (await drawingOf(wheel)).draw(canvas, Date.now);
    drawn.setSegments(segmentsOf(rewards), engine_config);
    drawn.rest(0, "idle");
    canvas.classList.add("is-board");
    return;
  }
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
