/** @typedef {import("../protocol.js").Reward} Reward */

/**
 * One segment as it is drawn. Angles in degrees clockwise from the wheel's zero mark.
 * @typedef {{slug: string, label: string, type: string, start: number, sweep: number, fill: string, ink: string}} Segment
 */

const SEA = ["#0e4a54", "#1c6f72", "#12384c", "#2a5b57"];
const BRASS = "#cf9d3f";
const IVORY = "#ece3cf";
const INK = "#0a222c";

/**
 * The segments of a wheel's rewards. A reward's own colour is kept; else the rarest prize is brass, no win ivory, the rest sea.
 * @param {Reward[]} rewards
 * @returns {Segment[]}
 */
export function segmentsOf(rewards) {
  const prizes = rewards.filter((reward) => reward.reward_type !== "none");
  const rarest = prizes.reduce((a, b) => (Number(b.probability) < Number(a.probability) ? b : a), prizes[0]);
  /** @type {string[]} */
  const fills = [];
  return rewards.map((reward, index) => {
    const neighbours = [fills[index - 1], index === rewards.length - 1 ? fills[0] : undefined];
    const sea = SEA.slice(index % SEA.length).concat(SEA).find((shade) => !neighbours.includes(shade)) ?? SEA[0];
    const house = reward === rarest ? BRASS : reward.reward_type === "none" ? IVORY : sea;
    const fill = (fills[index] = asHex(reward.reward_color) ?? house);
    return {
      slug: reward.reward_slug,
      label: reward.reward_label,
      type: reward.reward_type,
      start: reward.start_deg,
      sweep: reward.sweep_deg,
      fill,
      ink: luminance(fill) > 0.24 ? INK : "#fbf6ea",
    };
  });
}

/**
 * The segment under the pointer.
 * @param {Segment[]} segments
 * @param {number} angle how far the wheel has turned clockwise
 * @returns {Segment | undefined}
 */
export function segmentUnder(segments, angle) {
  const mark = (((360 - angle) % 360) + 360) % 360;
  return segments.find((segment) => (((mark - segment.start) % 360) + 360) % 360 < segment.sweep);
}

/**
 * Where the pegs stand: on the segments' edges, and evenly between them on wide segments.
 * @param {Segment[]} segments
 * @returns {number[]} degrees, ascending
 */
export function pegsOf(segments) {
  const apart = Math.max(7, Math.min(15, 360 / Math.max(24, segments.length)));
  /** @type {number[]} */
  const pegs = [];
  for (const { start, sweep } of segments) {
    const parts = Math.max(1, Math.round(sweep / apart));
    for (let part = 0; part < parts; part += 1) {
      const at = start + (sweep * part) / parts;
      const last = pegs[pegs.length - 1];
      if (last === undefined || (at - last > 5 && 360 + pegs[0] - at > 5)) pegs.push(at);
    }
  }
  return pegs;
}

/** @param {string | null} colour @returns {string | null} */
function asHex(colour) {
  if (colour === null) return null;
  const short = /^#([0-9a-f])([0-9a-f])([0-9a-f])$/i.exec(colour);
  if (short) return `#${short[1]}${short[1]}${short[2]}${short[2]}${short[3]}${short[3]}`;
  return /^#[0-9a-f]{6}$/i.test(colour) ? colour : null;
}

/** Relative luminance (WCAG 2.2). @param {string} hex `#rrggbb` */
function luminance(hex) {
  const [r, g, b] = [1, 3, 5].map((at) => {
    const channel = parseInt(hex.slice(at, at + 2), 16) / 255;
    return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
