import { el, fill } from "../dom.js";
import { rewardSentence } from "./reward-words.js";

/** @typedef {import("../protocol.js").Wheel} Wheel */
/** @typedef {import("../protocol.js").Reward} Reward */
/** @typedef {import("./wheel-segments.js").Segment} Segment */

/**
 * Fill the sheet of odds and rules.
 * @param {HTMLElement} element
 * @param {{wheel: Wheel, rewards: Reward[], segments: Segment[], format: import("../format.js").Format}} facts
 */
export function fillOdds(element, { wheel, rewards, segments, format }) {
  const size = wheel.wheel_config.size ?? 1_000_000;
  const version = wheel.version_number === null ? "" : ` (version ${wheel.version_number})`;
  fill(
    element,
    el(
      "table",
      { class: "odds" },
      el("caption", {}, "Every segment and how often it comes. The odds are fixed by number ranges, not by how wide a segment is drawn."),
      el("thead", {}, el("tr", {}, el("th", { scope: "col" }, "Reward"), el("th", { scope: "col", class: "figure" }, "Chance"), el("th", { scope: "col", class: "figure" }, "One in"))),
      el("tbody", {}, rewards.map((reward, index) => oddsRow(reward, segments[index], size, format))),
    ),
    el(
      "dl",
      { class: "rules" },
      rule("A spin", "is drawn and stored before the wheel moves. The wheel shows it; it decides nothing."),
      rule("Spins that end soonest", "are used first. One wheel of yours turns at a time."),
      rule("If you lose the connection", "the wheel turns on and your result waits for you."),
      rule(`These odds${version}`, "cannot change under you. Their fingerprint is part of every proof:"),
    ),
    el("p", { class: "hash" }, wheel.config_digest ?? "not published yet"),
  );
}

/**
 * @param {Reward} reward
 * @param {Segment} segment
 * @param {number} size
 * @param {import("../format.js").Format} format
 */
function oddsRow(reward, segment, size, format) {
  const width = reward.range_end - reward.range_start + 1;
  const swatch = el("span", { class: "swatch" });
  const words = reward.reward_description ?? rewardSentence(reward.reward_type, reward.reward_detail, format);
  swatch.style.background = segment.fill;
  return el(
    "tr",
    {},
    el("th", { scope: "row" }, el("div", { class: "odds-name" }, swatch, el("span", {}, el("bdi", {}, reward.reward_label), el("small", {}, words)))),
    el("td", { class: "figure" }, format.percent(width / size)),
    el("td", { class: "figure" }, format.oneIn(size / width)),
  );
}

/** @param {string} term @param {string} text */
function rule(term, text) {
  return el("div", {}, el("dt", {}, term), " ", el("dd", {}, text));
}
