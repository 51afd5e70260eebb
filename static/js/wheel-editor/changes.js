import { newKey, widthsOf } from "./draft.js";
import { byWeights, moveBorder, reduced, setWidth } from "./shares.js";
import { freeSlug, slugOf } from "./slugs.js";

/** @typedef {import("./draft.js").Draft} Draft */
/** @typedef {import("./draft.js").Row} Row */

/** What a new segment is given of the wheel. */
const NEW_SHARE = 0.05;
const LONGEST_SLUG = 64;

/**
 * The draft with other widths; they sum to its size as before.
 * @param {Draft} draft
 * @param {number[]} widths
 * @returns {Draft}
 */
function withWidths(draft, widths) {
  const weights = reduced(widths);
  return { ...draft, rows: draft.rows.map((row, at) => ({ ...row, width: widths[at], weight: weights[at] })) };
}

/** The border after a segment is moved. @param {Draft} draft @param {number} at @param {number} width of the segment before it */
export function withBorder(draft, at, width) {
  return withWidths(draft, moveBorder(widthsOf(draft), at, width));
}

/**
 * A share is typed: so many positions, the segment that gives way giving what is needed.
 * @param {Draft} draft
 * @param {string} key
 * @param {number} width
 * @returns {{draft: Draft} | {most: number, from: string | null}}
 */
export function withWidth(draft, key, width) {
  const at = draft.rows.findIndex((row) => row.key === key);
  const giver = draft.rows.findIndex((row) => row.key === draft.rest);
  const from = giver === -1 || giver === at ? null : giver;
  const found = setWidth(widthsOf(draft), at, width, from);
  if ("widths" in found) return { draft: withWidths(draft, found.widths) };
  return { most: found.most, from: from === null ? null : draft.rows[from].fields.reward_label };
}

/**
 * A weight is typed: all shares follow from the weights.
 * @param {Draft} draft
 * @param {string} key
 * @param {number} weight whole, 1 or more
 * @returns {Draft}
 */
export function withWeight(draft, key, weight) {
  const weights = draft.rows.map((row) => (row.key === key ? weight : row.weight));
  const widths = byWeights(weights, draft.size);
  return { ...draft, rows: draft.rows.map((row, at) => ({ ...row, width: widths[at], weight: weights[at] })) };
}

/** @param {Draft} draft @param {string} name @param {string} text */
export function withWheelField(draft, name, text) {
  return { ...draft, fields: { ...draft.fields, [name]: text } };
}

/**
 * @param {Draft} draft
 * @param {string} key
 * @param {(row: Row) => Row} change
 * @returns {Draft}
 */
export function withRow(draft, key, change) {
  return { ...draft, rows: draft.rows.map((row) => (row.key === key ? change(row) : row)) };
}

/**
 * A field of a segment is typed. The code of a segment that no player has seen follows its name.
 * @param {Draft} draft
 * @param {string} key
 * @param {string} path
 * @param {string} text
 */
export function withRowField(draft, key, path, text) {
  return withRow(draft, key, (row) => {
    const fields = { ...row.fields, [path]: text };
    if (path === "reward_label" && row.isNew) fields.reward_slug = freeSlug(slugOf(text, LONGEST_SLUG), slugs(draft, key));
    return { ...row, fields, isNew: row.isNew && path !== "reward_slug" };
  });
}

/** Codes of all segments but one. @param {Draft} draft @param {string} [but] */
function slugs({ rows }, but) {
  return rows.filter(({ key }) => key !== but).map(({ fields }) => fields.reward_slug);
}

/** A segment more, at the end, out of what gives way. @param {Draft} draft @param {string[]} taken codes that may not be used again */
export function withSegment(draft, taken) {
  const giver = draft.rows.find(({ key }) => key === draft.rest) ?? draft.rows.reduce((one, other) => (other.width > one.width ? other : one), draft.rows[0]);
  const width = giver === undefined ? draft.size : Math.max(1, Math.min(giver.width - 1, Math.round(draft.size * NEW_SHARE)));
  const number = draft.rows.length + 1;
  const slug = freeSlug(`segment-${number}`, [...slugs(draft), ...taken]);
  /** @type {Row} */
  const added = { key: newKey(), type: "none", width, weight: 1, color: null, isNew: true, fields: { reward_label: `Segment ${number}`, reward_slug: slug, reward_description: "" } };
  const rows = [...draft.rows.map((row) => (row === giver ? { ...row, width: row.width - width } : row)), added];
  return withWidths({ ...draft, rows }, rows.map((row) => row.width));
}

/** A segment less: what it had goes to what gives way. @param {Draft} draft @param {string} key @returns {Draft} */
export function withoutSegment(draft, key) {
  const gone = draft.rows.find((row) => row.key === key);
  const left = draft.rows.filter((row) => row.key !== key);
  if (gone === undefined || left.length === 0) return draft;
  const rest = draft.rest === key ? null : draft.rest;
  const rows = left.map((row) => (Object.values(row.fields).includes(key) ? { ...row, fields: { ...row.fields, "reward_detail.fallback": "" } } : row));
  const widths = rest === null ? byWeights(rows.map(({ width }) => width), draft.size) : rows.map((row) => (row.key === rest ? row.width + gone.width : row.width));
  return withWidths({ ...draft, rest, rows }, widths);
}

/** A segment changes places with its neighbour. @param {Draft} draft @param {string} key @param {-1 | 1} by @returns {Draft} */
export function withMoved(draft, key, by) {
  const at = draft.rows.findIndex((row) => row.key === key);
  const to = at + by;
  if (to < 0 || to >= draft.rows.length) return draft;
  const rows = [...draft.rows];
  [rows[at], rows[to]] = [rows[to], rows[at]];
  return { ...draft, rows };
}
