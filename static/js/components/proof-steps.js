import { el, icon } from "../dom.js";

/** @typedef {import("../fairness.js").Step} Step */

const VERDICTS = { pass: { icon: "check", word: "Holds" }, fail: { icon: "close", word: "Does not hold" }, waits: { icon: "wait", word: "Sealed" } };

/**
 * What each step asks, in words, and how its numbers are called.
 * @type {Record<Step["id"], {title: string, words: (step: Step) => string, names: Record<string, string>}>}
 */
const STEPS = {
  read: {
    title: "The proof can be read",
    words: ({ why, numbers }) => why ?? `It is about spin number ${numbers.nonce} (the first is 0) drawn with your seed “${numbers.client_seed}”, on a wheel of ${figure(numbers.size)} places.`,
    names: {},
  },
  seal: {
    title: "The house kept its seed",
    words: ({ verdict }) =>
      verdict === "waits"
        ? "Before your spin you were shown the seal of a secret seed. It still draws your next spins, so it stays closed; change seeds on the wheel's page and it is opened for you."
        : verdict === "pass"
          ? "Before your spin you were shown only the seal. Sealing the opened seed again gives exactly that seal, so it was not exchanged afterwards."
          : "Sealing the opened seed gives another seal than the one you were shown. This is not the seed that was promised.",
    names: { server_seed: "The opened seed", computed: "Its seal, made here", promised: "The seal you were shown" },
  },
  odds: {
    title: "The odds were not touched",
    words: ({ verdict, why, numbers }) =>
      verdict === "pass"
        ? `The list of ${numbers.ranges} rewards has the fingerprint published before you played, and its ranges share out all ${figure(numbers.size)} places, each once.`
        : (why ?? "The odds do not fit."),
    names: { computed: "Fingerprint, made here", promised: "Fingerprint published" },
  },
  draw: {
    title: "Both seeds make one number",
    words: ({ verdict, numbers }) =>
      verdict === "waits"
        ? "The secret seed and yours are mixed to make the number. This can be done over as soon as the seed is opened."
        : `The secret seed, yours and the spin's number are mixed (HMAC-SHA256). The first four bytes that can be used read as ${figure(numbers.word)}.` +
          (numbers.skipped === "0" ? "" : ` Before them ${numbers.skipped} had to be skipped, at or over ${figure(numbers.limit)}, so that every place stays equally likely.`),
    names: { message: "What was mixed with the seed", block: "The mix", word: "The number" },
  },
  position: {
    title: "The number gives the place",
    words: ({ verdict, numbers }) =>
      verdict === "waits"
        ? `The proof says place ${figure(numbers.claimed)}.`
        : `${figure(numbers.word)} divided by ${figure(numbers.size)} leaves ${figure(String(Number(numbers.computed) - 1))}; counted from one, that is place ${figure(numbers.computed)}` +
          (verdict === "pass" ? ", as the proof says." : `, but the proof says ${figure(numbers.claimed)}.`),
    names: {},
  },
  outcome: {
    title: "The place holds the reward",
    words: ({ why, numbers }) => {
      if (numbers.reward === "none") return `No range of the odds holds place ${figure(numbers.position)}.`;
      const range = numbers.range.split("–").map(figure).join(" to ");
      const held = `Place ${figure(numbers.position)} lies in ${range}, which belongs to “${numbers.reward}”`;
      if (numbers.reward !== numbers.claimed) return `${held}, but the proof says “${numbers.claimed}”.`;
      if (why) return `${held}. ${why}`;
      if (numbers.paid !== numbers.claimed) return `${held}. Its stock had run out, so the substitute named beforehand was paid: “${numbers.paid}”.`;
      return `${held}.`;
    },
    names: {},
  },
};

/**
 * @param {Step} step
 * @param {number} number counted from 1
 */
export function proofStep(step, number) {
  const { title, words, names } = STEPS[step.id];
  const verdict = VERDICTS[step.verdict];
  const shown = Object.entries(names).filter(([name]) => step.numbers[name] !== undefined);
  return el(
    "li",
    { class: "step", "data-step": step.id, "data-verdict": step.verdict },
    el("span", { class: "step-mark" }, icon(verdict.icon)),
    el(
      "div",
      { class: "step-words" },
      el("h3", {}, `${number}. ${title}`, el("span", { class: "step-verdict" }, verdict.word)),
      el("p", {}, words(step)),
      shown.length > 0 &&
        el("dl", { class: "step-numbers" }, shown.map(([name, called]) => el("div", {}, el("dt", {}, called), el("dd", { class: "hash" }, step.numbers[name])))),
    ),
  );
}

/** @param {string} digits */
function figure(digits) {
  return Number(digits).toLocaleString();
}
