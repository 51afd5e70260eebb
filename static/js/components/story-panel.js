import { el } from "../dom.js";

/** A fact with its name; what is not known is left out. @typedef {[string, Node | string | number | null | undefined | false]} Fact */

/**
 * A part of a story: facts under a title.
 * @param {string} title
 * @param {Fact[]} facts
 */
export function storyPanel(title, facts) {
  const known = facts.filter(([, value]) => value !== null && value !== undefined && value !== "" && value !== false);
  return el("section", { class: "panel" }, el("h2", {}, title), el("dl", { class: "story-facts" }, known.map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", {}, value)))));
}

/**
 * A part of a story: what was written of it, line by line.
 * @param {string} title
 * @param {{at: string, words: string, by?: string | null, more?: string | null}[]} lines in the order of their times
 * @param {import("../format.js").Format} format
 */
export function storyLines(title, lines, format) {
  const written = lines.map(({ at, words, by, more }) => el("li", {}, el("time", { datetime: at }, format.exactly(at)), el("span", {}, words, by && ` · ${by}`), more && el("code", { class: "hash" }, more)));
  return el("section", { class: "panel" }, el("h2", {}, title), written.length > 0 ? el("ol", { class: "story-lines", tabindex: "0", "aria-label": title }, written) : el("p", { class: "empty" }, "Nothing was written."));
}

/** An id, a digest or a seed. @param {string} text */
export function code(text) {
  return el("code", { class: "hash" }, text);
}
