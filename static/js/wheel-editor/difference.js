import { FALLBACK } from "./reward-kinds.js";
import { percentText } from "./shares.js";

/** @typedef {import("./draft.js").Draft} Draft */
/** @typedef {import("./draft.js").Row} Row */

/** What a field of the wheel is called where it is spoken of. @type {Record<string, string>} */
const NAMES = {
  wheel_name: "the name",
  wheel_slug: "the code",
  wheel_description: "the description",
  opens_at: "the opening",
  closes_at: "the end",
  "spin_config.duration_ms": "the time that a spin takes",
  "spin_config.price": "the price of a chance",
  spin_chance_for_page_visit: "the chances for a visit",
};

/**
 * What has become other between two states of a wheel, a sentence each.
 * @param {Draft} before
 * @param {Draft} after
 * @returns {string[]}
 */
export function difference(before, after) {
  const facts = Object.keys(NAMES)
    .filter((name) => before.fields[name] !== after.fields[name])
    .map((name) => `${NAMES[name]} is now “${spoken(name, after.fields[name]) || "none"}”`);
  const [had, has] = [before, after].map((draft) => new Map(draft.rows.map((row) => [row.fields.reward_slug, row])));
  const gone = [...had].filter(([slug]) => !has.has(slug)).map(([, row]) => `“${row.fields.reward_label}” is gone`);
  const segments = [...has].flatMap(([slug, row]) => {
    const old = had.get(slug);
    return old === undefined ? [`“${row.fields.reward_label}” is new, with ${percentText(row.width, after.size)} %`] : ofSegment(old, row, before, after);
  });
  return [...facts, ...gone, ...segments];
}

/** @param {string} name @param {string} text as a field holds it */
function spoken(name, text) {
  return name.endsWith("s_at") ? text.replace("T", " ") : text;
}

/** @param {Row} old @param {Row} row @param {Draft} before @param {Draft} after @returns {string[]} */
function ofSegment(old, row, before, after) {
  const name = `“${old.fields.reward_label}”`;
  const share = percentText(row.width, after.size);
  return [
    old.fields.reward_label !== row.fields.reward_label && `${name} is now called “${row.fields.reward_label}”`,
    percentText(old.width, before.size) !== share && `${name} has ${share} %`,
    pays(old, before) !== pays(row, after) && `${name} pays otherwise`,
  ].filter((one) => one !== false);
}

/** All that says what a segment pays. @param {Row} row @param {Draft} draft */
function pays({ type, color, fields }, { rows }) {
  const fallback = rows.find(({ key }) => key === fields[FALLBACK])?.fields.reward_slug ?? "";
  const rest = Object.entries(fields).filter(([path, text]) => text !== "" && path !== FALLBACK && !["reward_label", "reward_slug"].includes(path));
  return JSON.stringify([type, color, fallback, rest.sort(([one], [other]) => (one < other ? -1 : 1))]);
}
