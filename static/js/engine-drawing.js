import * as wheel from "./engines/wheel.js";

/** @typedef {import("./components/wheel-segments.js").Segment} Segment */
/** @typedef {import("./protocol.js").Wheel} Wheel */
/** A reveal that is drawn. @typedef {import("./components/wheel-canvas.js").WheelCanvas | import("./engines/drawing.js").Drawing} Drawn */
/** Another player's reveal, small. @typedef {{frame: (at: number, first: number, second: number) => void, settle: (at: number, angle: number, result: import("./protocol.js").SpinResult) => unknown}} Small */

/**
 * What the page calls things: the button, and while it is at work; the picture, with # for how many rewards there are; what
 * is said beneath it while a reveal is under way, and before the first.
 * @typedef {{press: string, busy: string, kind: string, underWay: string, before: string}} Words
 */

/**
 * What an engine's ES module brings: its drawing, and what the page calls things.
 * @typedef {object} EngineDrawing
 * @property {(canvas: HTMLCanvasElement, now: () => number) => Drawn} draw
 * @property {Words} words
 * @property {(canvas: HTMLCanvasElement, segments: Segment[], now: () => number) => Small} small
 */

/**
 * The drawing of a wheel's engine. One that cannot be had is drawn as a wheel: the outcome is the same.
 * @param {Pick<Wheel, "drawing" | "engine_config">} of
 * @returns {Promise<EngineDrawing>}
 */
export async function drawingOf({ drawing, engine_config }) {
  const module = await import(drawing).catch(() => wheel);
  const Drawing = module.default;
  /** @type {EngineDrawing["draw"]} */
  const draw = (canvas, now) => new Drawing(canvas, now);
  return {
    draw,
    words: { ...wheel.words, ...module.words },
    small: module.small ?? ((canvas, segments, now) => begun(draw(canvas, now), segments, engine_config)),
  };
}

/**
 * @param {Drawn} drawn
 * @param {Segment[]} segments
 * @param {Record<string, any>} config
 */
function begun(drawn, segments, config) {
  drawn.setSegments(segments, config);
  drawn.begin();
  return drawn;
}
