import { percentText, reduced } from "./shares.js";
import { CLAIM_REQUIRED, FALLBACK, fieldsOf } from "./reward-kinds.js";

/** @typedef {import("../protocol.js").Wheel} Wheel */
/** @typedef {import("../protocol.js").Reward} Reward */

/**
 * One segment as it is edited. `fields` are texts as typed, by the paths under which the server names faults; a fallback is the
 * key of another segment. `color` null is the house's.
 * @typedef {{key: string, type: string, width: number, weight: number, color: string | null, isNew: boolean, fields: Record<string, string>}} Row
 */

/**
 * A wheel as it is edited; never changed, only replaced. `rest`: the key of the segment that gives way when another is typed,
 * null for all in proportion.
 * @typedef {{size: number, unit: "percent" | "weight", rest: string | null, fields: Record<string, string>, rows: Row[]}} Draft
 */

/** Keys are of the page alone: they stay with a segment whatever it is called and wherever it stands. */
let keys = 0;

export function newKey() {
  keys += 1;
  return `segment-${keys}`;
}

/**
 * What the server holds, to be edited.
 * @param {Wheel} wheel
 * @returns {Draft}
 */
export function draftOf(wheel) {
  const rewards = wheel.rewards ?? [];
  const bySlug = new Map(rewards.map((reward) => [reward.reward_slug, newKey()]));
  const widths = rewards.map(({ range_start, range_end }) => range_end - range_start + 1);
  const weights = reduced(widths);
  const rows = rewards.map((reward, at) => rowOf(reward, bySlug, widths[at], weights[at]));
  const none = rows.filter(({ type }) => type === "none").sort((one, other) => other.width - one.width);
  return { size: wheel.wheel_config.size ?? 1_000_000, unit: "percent", rest: none[0]?.key ?? null, fields: wheelFields(wheel), rows };
}

/** @param {Wheel} wheel @returns {Record<string, string>} */
export function wheelFields(wheel) {
  const { duration_ms = 5000, price } = wheel.spin_config;
  return {
    wheel_name: wheel.wheel_name,
    wheel_slug: wheel.wheel_slug,
    wheel_description: wheel.wheel_description ?? "",
    opens_at: localTime(wheel.opens_at),
    closes_at: localTime(wheel.closes_at),
    "spin_config.duration_ms": String(duration_ms),
    "spin_config.price": price === undefined || price === null ? "" : String(price),
    spin_chance_for_page_visit: String(wheel.spin_chance_for_page_visit),
  };
}

/**
 * @param {Reward} reward
 * @param {Map<string, string>} bySlug
 * @param {number} width
 * @param {number} weight
 * @returns {Row}
 */
function rowOf(reward, bySlug, width, weight) {
  const detail = { reward_detail: reward.reward_detail };
  /** @type {Record<string, string>} */
  const fields = { reward_label: reward.reward_label, reward_slug: reward.reward_slug, reward_description: reward.reward_description ?? "" };
  for (const { path } of fieldsOf(reward.reward_type)) fields[path] = asText(at(detail, path));
  fields[CLAIM_REQUIRED] = at(detail, CLAIM_REQUIRED) ? "true" : "";
  fields[FALLBACK] = bySlug.get(String(at(detail, FALLBACK))) ?? "";
  return { key: /** @type {string} */ (bySlug.get(reward.reward_slug)), type: reward.reward_type, width, weight, color: reward.reward_color, isNew: false, fields };
}

/** What stands at a path of nested objects. @param {any} value @param {string} path */
function at(value, path) {
  return path.split(".").reduce((one, name) => one?.[name], value);
}

/** @param {unknown} value */
function asText(value) {
  return value === undefined || value === null ? "" : Array.isArray(value) ? value.join(", ") : String(value);
}

/** A moment as a field of date and time holds it, in the reader's zone. @param {string | null} moment */
function localTime(moment) {
  if (moment === null) return "";
  const at = new Date(moment);
  return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

/** The widths of all segments, in order. @param {Draft} draft */
export function widthsOf({ rows }) {
  return rows.map(({ width }) => width);
}

/** A segment's share as its field shows it. @param {Draft} draft @param {Row} row */
export function shareText({ unit, size }, { width, weight }) {
  return unit === "weight" ? String(weight) : percentText(width, size);
}

/**
 * The segments as rewards that are drawn and looked at.
 * @param {Draft} draft
 * @param {{start: number, sweep: number}[]} angles
 */
export function asRewards({ rows, size }, angles) {
  return rows.map(
    ({ type, width, color, fields }, index) =>
      /** @type {any} */ ({
        reward_slug: fields.reward_slug,
        reward_label: fields.reward_label || "…",
        reward_type: type,
        reward_color: color,
        probability: String(width / size),
        start_deg: angles[index].start,
        sweep_deg: angles[index].sweep,
      }),
  );
}
