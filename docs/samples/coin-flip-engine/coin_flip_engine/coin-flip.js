import { Drawing } from "/static/js/engines/drawing.js";

export const words = { press: "Flip", underWay: "The coin is in the air…", before: "Press Flip. The side is drawn and stored before the coin flies." };

export default class CoinFlip extends Drawing {
  paint(ctx, size, { numbers: [halfTurns, height], result, segments, angle }) {
    const side = result?.reveal?.side ?? (Math.floor(halfTurns) % 2 === 0 ? "heads" : "tails");
    const thin = result ? 1 : Math.abs(Math.cos(halfTurns * Math.PI));
    const radius = size * 0.2;
    ctx.translate(size / 2, size * 0.68 - height * size * 0.4);
    ctx.scale(1, Math.max(0.06, thin));
    ctx.beginPath();
    ctx.arc(0, 0, radius, 0, 2 * Math.PI);
    ctx.fillStyle = side === "heads" ? "#cf9d3f" : "#9aa7ad";
    ctx.fill();
    ctx.lineWidth = size * 0.012;
    ctx.strokeStyle = "#3d280a";
    ctx.stroke();
    if (result) this.write(ctx, this.segmentAt(angle)?.label ?? side, 0, 0, radius * 1.5, size * 0.05, "#1a1206");
  }
}
