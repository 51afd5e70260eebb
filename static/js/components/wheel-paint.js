import { fitLabel } from "./wheel-labels.js";
import { rewardPath } from "./reward-glyph.js";

/** @typedef {import("./wheel-segments.js").Segment} Segment */

/** Parts of the wheel as shares of its outer radius. */
export const RIM = 0.085;
export const HUB = 0.17;
const FACE = 1 - RIM;
/** The degree scale, as on a compass card, between the segments and the rim. */
const SCALE = 0.045;

const LIGHT_FROM = -0.75 * Math.PI;

/** @param {number} degrees clockwise from the top @returns {number} the canvas's radians */
function radians(degrees) {
  return ((degrees - 90) * Math.PI) / 180;
}

/**
 * What turns: the segments with their labels and the degree scale. The origin is the wheel's centre.
 * @param {CanvasRenderingContext2D} ctx
 * @param {number} radius of the whole wheel
 * @param {Segment[]} segments
 * @param {string} face font family of the labels
 */
export function paintDisc(ctx, radius, segments, face) {
  const edge = radius * FACE;
  const inner = edge - radius * SCALE;
  ctx.fillStyle = "#081d26";
  disc(ctx, edge);
  for (const segment of segments) {
    ctx.fillStyle = segment.fill;
    ctx.beginPath();
    ctx.moveTo(0, 0);
    ctx.arc(0, 0, inner, radians(segment.start), radians(segment.start + segment.sweep));
    ctx.closePath();
    ctx.fill();
  }
  paintEdges(ctx, radius, inner, segments);
  paintScale(ctx, radius, edge, inner);
  for (const segment of segments) paintLabel(ctx, radius, inner, segment, face);
}

/**
 * @param {CanvasRenderingContext2D} ctx
 * @param {number} radius
 * @param {number} inner
 * @param {Segment[]} segments
 */
function paintEdges(ctx, radius, inner, segments) {
  for (const segment of segments) {
    const at = radians(segment.start);
    for (const [width, colour] of /** @type {[number, string][]} */ ([[0.0105, "rgba(4,16,22,.55)"], [0.0055, "#d8ae5d"]])) {
      ctx.strokeStyle = colour;
      ctx.lineWidth = radius * width;
      ctx.beginPath();
      ctx.moveTo(Math.cos(at) * radius * HUB * 0.8, Math.sin(at) * radius * HUB * 0.8);
      ctx.lineTo(Math.cos(at) * inner, Math.sin(at) * inner);
      ctx.stroke();
    }
  }
}

/**
 * @param {CanvasRenderingContext2D} ctx
 * @param {number} radius
 * @param {number} edge
 * @param {number} inner
 */
function paintScale(ctx, radius, edge, inner) {
  ctx.strokeStyle = "#d8ae5d";
  ctx.lineWidth = radius * 0.006;
  ctx.beginPath();
  ctx.arc(0, 0, inner, 0, 2 * Math.PI);
  ctx.stroke();
  ctx.strokeStyle = "rgba(240,230,205,.8)";
  for (let degree = 0; degree < 360; degree += 3) {
    const long = degree % 15 === 0;
    const at = radians(degree);
    const from = inner + radius * SCALE * (long ? 0.24 : 0.48);
    const to = edge - radius * SCALE * 0.2;
    ctx.lineWidth = radius * (long ? 0.0055 : 0.003);
    ctx.beginPath();
    ctx.moveTo(Math.cos(at) * from, Math.sin(at) * from);
    ctx.lineTo(Math.cos(at) * to, Math.sin(at) * to);
    ctx.stroke();
  }
}

/**
 * @param {CanvasRenderingContext2D} ctx
 * @param {number} radius
 * @param {number} inner
 * @param {Segment} segment
 * @param {string} face
 */
function paintLabel(ctx, radius, inner, segment, face) {
  const label = fitLabel(ctx, segment, inner, radius * HUB, face);
  if (label === null) return;
  ctx.save();
  ctx.rotate(((segment.start + segment.sweep / 2) * Math.PI) / 180);
  ctx.translate(0, -label.radius);
  if (label.along === "radius") ctx.rotate(Math.PI / 2);
  ctx.fillStyle = segment.ink;
  ctx.font = label.font;
  ctx.textAlign = "center";
  ctx.textBaseline = "middle";
  const first = (-(label.lines.length - 1) / 2) * label.lineHeight;
  label.lines.forEach((line, index) => ctx.fillText(line, 0, first + index * label.lineHeight));
  ctx.restore();
  if (label.glyph === null) return;
  ctx.save();
  ctx.rotate(((segment.start + segment.sweep / 2) * Math.PI) / 180);
  ctx.translate(-label.glyph.size / 2, -label.glyph.radius - label.glyph.size / 2);
  ctx.scale(label.glyph.size / 24, label.glyph.size / 24);
  ctx.globalAlpha = 0.72;
  ctx.fillStyle = segment.ink;
  ctx.fill(rewardPath(segment.type), "evenodd");
  ctx.restore();
}

/**
 * What stands still below the disc: the shadow and the brass rim, lit from the upper left.
 * @param {CanvasRenderingContext2D} ctx
 * @param {number} radius
 */
export function paintRim(ctx, radius) {
  ctx.save();
  ctx.shadowColor = "rgba(3,14,20,.5)";
  ctx.shadowBlur = radius * 0.07;
  ctx.shadowOffsetY = radius * 0.028;
  ctx.fillStyle = "#3d280a";
  disc(ctx, radius);
  ctx.restore();
  ctx.fillStyle = brass(ctx, LIGHT_FROM);
  disc(ctx, radius * 0.994);
  ctx.fillStyle = brass(ctx, LIGHT_FROM + Math.PI);
  disc(ctx, radius * 0.972);
  ctx.fillStyle = brass(ctx, LIGHT_FROM);
  disc(ctx, radius * 0.964);
  ctx.fillStyle = "rgba(30,18,3,.6)";
  disc(ctx, radius * (FACE + 0.009));
}

/**
 * What stands still above the disc: the shade of the rim on it, the light on its lacquer, and the hub.
 * @param {CanvasRenderingContext2D} ctx
 * @param {number} radius
 */
export function paintLight(ctx, radius) {
  const edge = radius * FACE;
  const shade = ctx.createRadialGradient(radius * 0.02, radius * 0.035, edge * 0.86, 0, 0, edge);
  shade.addColorStop(0, "rgba(2,10,14,0)");
  shade.addColorStop(1, "rgba(2,10,14,.5)");
  ctx.fillStyle = shade;
  disc(ctx, edge);
  const gloss = ctx.createLinearGradient(-edge * 0.6, -edge * 0.85, edge * 0.55, edge * 0.8);
  gloss.addColorStop(0, "rgba(255,248,228,.2)");
  gloss.addColorStop(0.42, "rgba(255,248,228,.03)");
  gloss.addColorStop(0.58, "rgba(2,10,14,.02)");
  gloss.addColorStop(1, "rgba(2,10,14,.24)");
  ctx.fillStyle = gloss;
  disc(ctx, edge);
  ctx.save();
  ctx.shadowColor = "rgba(2,10,14,.6)";
  ctx.shadowBlur = radius * 0.04;
  ctx.shadowOffsetY = radius * 0.014;
  ctx.fillStyle = "#3d280a";
  disc(ctx, radius * HUB);
  ctx.restore();
  ctx.fillStyle = brass(ctx, LIGHT_FROM);
  disc(ctx, radius * HUB * 0.985);
  ctx.fillStyle = brass(ctx, LIGHT_FROM + Math.PI);
  disc(ctx, radius * HUB * 0.86);
  ctx.fillStyle = "#0b2c38";
  disc(ctx, radius * HUB * 0.81);
}

/**
 * The emblem on the hub, which turns with the disc: a ship's wheel.
 * @param {CanvasRenderingContext2D} ctx
 * @param {number} radius
 */
export function paintEmblem(ctx, radius) {
  const size = radius * HUB * 0.62;
  ctx.strokeStyle = ctx.fillStyle = "#e2bd72";
  ctx.lineCap = "round";
  ctx.lineWidth = size * 0.13;
  ctx.beginPath();
  ctx.arc(0, 0, size * 0.6, 0, 2 * Math.PI);
  ctx.stroke();
  for (let spoke = 0; spoke < 8; spoke += 1) {
    const at = (spoke * Math.PI) / 4;
    ctx.lineWidth = size * (spoke === 6 ? 0.17 : 0.1);
    ctx.beginPath();
    ctx.moveTo(0, 0);
    ctx.lineTo(Math.cos(at) * size, Math.sin(at) * size);
    ctx.stroke();
  }
  disc(ctx, size * 0.22);
}

/**
 * A peg on the rim.
 * @param {CanvasRenderingContext2D} ctx
 * @param {number} size its radius
 */
export function paintPeg(ctx, size) {
  ctx.fillStyle = "rgba(20,12,2,.55)";
  disc(ctx, size * 1.12, size * 0.16, size * 0.3);
  const ball = ctx.createRadialGradient(-size * 0.35, -size * 0.4, size * 0.05, 0, 0, size);
  ball.addColorStop(0, "#fffbea");
  ball.addColorStop(0.35, "#f0d796");
  ball.addColorStop(0.75, "#b98a35");
  ball.addColorStop(1, "#6d4a12");
  ctx.fillStyle = ball;
  disc(ctx, size);
}

/**
 * The pointer, hanging from the origin.
 * @param {CanvasRenderingContext2D} ctx
 * @param {number} length
 */
export function paintPointer(ctx, length) {
  const width = length * 0.3;
  ctx.save();
  ctx.shadowColor = "rgba(2,10,14,.55)";
  ctx.shadowBlur = length * 0.14;
  ctx.shadowOffsetY = length * 0.06;
  ctx.fillStyle = "#f6efdf";
  blade(ctx, width, length, 0);
  ctx.restore();
  ctx.save();
  blade(ctx, width, length, 0, true);
  ctx.fillStyle = "#cbbf9f";
  ctx.fillRect(0, -length, width * 2, length * 3);
  ctx.restore();
  ctx.strokeStyle = "#8c6a2a";
  ctx.lineWidth = length * 0.022;
  blade(ctx, width, length, ctx.lineWidth);
  ctx.stroke();
  paintPeg(ctx, width * 0.52);
}

/**
 * @param {CanvasRenderingContext2D} ctx
 * @param {number} width
 * @param {number} length
 * @param {number} inset
 * @param {boolean} [clip]
 */
function blade(ctx, width, length, inset, clip = false) {
  ctx.beginPath();
  ctx.arc(0, 0, width - inset, Math.PI * 0.97, Math.PI * 0.03);
  ctx.quadraticCurveTo(width * 0.82, length * 0.55, 0, length - inset);
  ctx.quadraticCurveTo(-width * 0.82, length * 0.55, -(width - inset), width * 0.09);
  ctx.closePath();
  if (clip) ctx.clip();
  else if (inset === 0) ctx.fill();
}

/**
 * Brushed brass seen under one lamp.
 * @param {CanvasRenderingContext2D} ctx
 * @param {number} from the side the light comes from, radians
 */
function brass(ctx, from) {
  const metal = ctx.createConicGradient(from, 0, 0);
  const shades = ["#fbebb4", "#d3a54c", "#9a6f26", "#c4953f", "#7d5718", "#5f3f0e", "#a87b2e", "#84601e", "#c99a44", "#fbebb4"];
  shades.forEach((shade, index) => metal.addColorStop(index / (shades.length - 1), shade));
  return metal;
}

/**
 * @param {CanvasRenderingContext2D} ctx
 * @param {number} radius
 * @param {number} [x]
 * @param {number} [y]
 */
function disc(ctx, radius, x = 0, y = 0) {
  ctx.beginPath();
  ctx.arc(x, y, radius, 0, 2 * Math.PI);
  ctx.fill();
}
