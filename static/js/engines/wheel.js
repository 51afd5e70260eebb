import { MiniWheel } from "../components/mini-wheel.js";
import { WheelCanvas } from "../components/wheel-canvas.js";

export default WheelCanvas;

export const words = {
  press: "Spin",
  busy: "Turning…",
  kind: "a wheel of # segments",
  underWay: "The wheel is turning…",
  before: "Press Spin. The outcome is drawn and stored before the wheel moves.",
};

/**
 * Another player's wheel, small.
 * @param {HTMLCanvasElement} canvas
 * @param {import("../components/wheel-segments.js").Segment[]} segments
 * @param {() => number} now
 */
export function small(canvas, segments, now) {
  return new MiniWheel(canvas, segments, now);
}
