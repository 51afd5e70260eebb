import { CLAIM_REQUIRED, FALLBACK, fieldsOf } from "./reward-kinds.js";

/** @typedef {import("./draft.js").Draft} Draft */
/** @typedef {import("./draft.js").Row} Row */
/** @typedef {import("../api.js").Fault} Fault */
/** @typedef {import("../protocol.js").Wheel} Wheel */

/** Fields of the wheel that are its terms: of a published wheel they make a new version. */
const TERMS = ["spin_config", "rewards"];

/**
 * What of a draft is other than what it was made of, as one change of the whole wheel.
 * @param {Draft} draft
 * @param {Draft} before
 * @param {Wheel} wheel as it was read
 * @returns {{body: Record<string, any>, faults: Fault[]}} `faults`: what cannot be sent as it is typed
 */
export function changeOf(draft, before, wheel) {
  /** @type {Fault[]} */
  const faults = [];
  /** @type {Record<string, any>} */
  const body = {};
  for (const [name, text] of Object.entries(draft.fields)) {
    if (text === before.fields[name]) continue;
    if (name.startsWith("spin_config.")) body.spin_config = spinConfig(draft, wheel, faults);
    else body[name] = wheelValue(name, text, faults);
  }
  if (rewardsChanged(draft, before)) body.rewards = rewardsOf(draft, faults);
  return { body, faults };
}

/** Whether a change is one of the terms that players play under. @param {Record<string, any>} body */
export function changesTerms(body) {
  return TERMS.some((name) => name in body);
}

/** @param {Draft} draft @param {Draft} before */
export function rewardsChanged(draft, before) {
  return JSON.stringify(rewardsOf(draft, [])) !== JSON.stringify(rewardsOf(before, []));
}

/**
 * All rewards as one set, each with its range.
 * @param {Draft} draft
 * @param {Fault[]} faults
 */
export function rewardsOf(draft, faults) {
  const bySlug = new Map(draft.rows.map(({ key, fields }) => [key, fields.reward_slug.trim()]));
  let start = 1;
  return draft.rows.map((row, at) => {
    const range_start = start;
    start += row.width;
    return {
      reward_slug: row.fields.reward_slug.trim(),
      reward_label: row.fields.reward_label.trim(),
      reward_description: row.fields.reward_description.trim() || null,
      reward_type: row.type,
      reward_color: row.color,
      reward_detail: detailOf(row, bySlug, `$.rewards[${at}]`, faults),
      range_start,
      range_end: start - 1,
    };
  });
}

/**
 * @param {Row} row
 * @param {Map<string, string>} bySlug
 * @param {string} path
 * @param {Fault[]} faults
 */
function detailOf({ type, fields }, bySlug, path, faults) {
  /** @type {{reward_detail: Record<string, any>}} */
  const whole = { reward_detail: {} };
  for (const field of fieldsOf(type)) {
    const text = (fields[field.path] ?? "").trim();
    if (text === "") continue;
    if (field.kind === "whole") put(whole, field.path, wholeNumber(text, `${path}.${field.path}`, faults));
    else put(whole, field.path, field.kind === "list" ? text.split(",").map((one) => one.trim()).filter(Boolean) : field.kind === "decimal" ? text.replace(",", ".") : text);
  }
  if (fields[CLAIM_REQUIRED]) put(whole, CLAIM_REQUIRED, true);
  const fallback = bySlug.get(fields[FALLBACK] ?? "");
  if (fallback !== undefined) put(whole, FALLBACK, fallback);
  return whole.reward_detail;
}

/** Put a value at a path of nested objects. @param {any} whole @param {string} path @param {unknown} value */
function put(whole, path, value) {
  const names = path.split(".");
  const last = /** @type {string} */ (names.pop());
  const place = names.reduce((one, name) => (one[name] ??= {}), whole);
  place[last] = value;
}

/** @param {Draft} draft @param {Wheel} wheel @param {Fault[]} faults */
function spinConfig({ fields }, wheel, faults) {
  const path = "spin_config.duration_ms";
  const duration_ms = wholeNumber(fields[path], `$.${path}`, faults);
  return { ...wheel.spin_config, duration_ms, price: fields["spin_config.price"].trim().replace(",", ".") || null };
}

/** @param {string} name @param {string} text @param {Fault[]} faults */
function wheelValue(name, text, faults) {
  if (name === "spin_chance_for_page_visit") return wholeNumber(text, `$.${name}`, faults);
  if (name === "opens_at" || name === "closes_at") return text === "" ? null : new Date(text).toISOString();
  return text.trim() || (name === "wheel_description" ? null : "");
}

/** @param {string} text @param {string} path @param {Fault[]} faults */
function wholeNumber(text, path, faults) {
  if (!/^\d{1,15}$/.test(text.trim())) faults.push({ path, message: "must be a whole number" });
  return Number(text);
}
