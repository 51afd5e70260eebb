/**
 * The check of a spin's proof (scheme `wheel:v1`), with nothing but WebCrypto: the same steps that
 * `wheelhouse verify` takes on the command line.
 */

/** @typedef {import("./protocol.js").Proof} Proof */

/** A range of the configuration text. @typedef {{start: number, end: number, slug: string, type: string, amount: string}} Range */

/**
 * One step of a check. `waits` is a step that needs the server seed while it is still sealed.
 * @typedef {{id: "read" | "seal" | "odds" | "draw" | "position" | "outcome", verdict: "pass" | "fail" | "waits", numbers: Record<string, string>, why?: string}} Step
 */

/** @typedef {{index: number, block: number, word: number, skipped: boolean}} DrawnWord */

const WORDS = 2 ** 32;
const HEX_64 = /^[0-9a-f]{64}$/;
const CLIENT_SEED = /^[A-Za-z0-9_-]{1,64}$/;
const CONFIG_HEAD = "wheel-config:v1";

/** Whether this browser lets a page use WebCrypto here: only where the page is served securely. */
export function canCheck() {
  return globalThis.crypto?.subtle !== undefined;
}

/** @param {string} text UTF-8 @returns {Promise<string>} lower-case hex */
export async function sha256(text) {
  return hex(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)));
}

/**
 * Draw a position as the scheme says: 32-bit words of HMAC-SHA256 blocks, those at or over the limit skipped.
 * @param {string} serverSeed
 * @param {string} clientSeed
 * @param {number} nonce
 * @param {number} size N, 1 … 2^32
 * @returns {Promise<{position: number, limit: number, words: DrawnWord[], blocks: string[]}>}
 */
export async function drawPosition(serverSeed, clientSeed, nonce, size) {
  const key = await crypto.subtle.importKey("raw", new TextEncoder().encode(serverSeed), { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  const limit = Math.floor(WORDS / size) * size;
  /** @type {DrawnWord[]} */
  const words = [];
  /** @type {string[]} */
  const blocks = [];
  for (let block = 0; ; block += 1) {
    const message = new TextEncoder().encode(`wheel:v1:${clientSeed}:${nonce}:${block}`);
    const mac = await crypto.subtle.sign("HMAC", key, message);
    blocks.push(hex(mac));
    const view = new DataView(mac);
    for (let at = 0; at < mac.byteLength; at += 4) {
      const word = view.getUint32(at);
      words.push({ index: at / 4, block, word, skipped: word >= limit });
      if (word < limit) return { position: (word % size) + 1, limit, words, blocks };
    }
  }
}

/**
 * Read the text of a wheel's odds.
 * @param {string} text
 * @returns {{size: number, ranges: Range[]}}
 * @throws {Error} with a sentence when it is not such a text, or its ranges leave a gap or overlap
 */
export function parseConfig(text) {
  const [head, sizeLine, ...lines] = text.split("\n");
  const size = Number(/^size=(\d+)$/.exec(sizeLine ?? "")?.[1]);
  if (head !== CONFIG_HEAD || !size || lines.pop() !== "") throw new Error("The text is not a list of a wheel's odds.");
  let next = 1;
  const ranges = lines.map((line) => {
    const [start, end, slug, type, amount] = line.split(",");
    const range = { start: Number(start), end: Number(end), slug, type, amount };
    if (range.start !== next || !(range.end >= range.start)) throw new Error(`The ranges leave a gap or overlap at ${next}.`);
    next = range.end + 1;
    return range;
  });
  if (next !== size + 1) throw new Error(`The ranges end at ${next - 1}, not at ${size}.`);
  return { size, ranges };
}

/**
 * What is wrong with a proof before anything is computed, as a sentence; null when it can be checked.
 * @param {any} proof
 * @returns {string | null}
 */
export function faultOf(proof) {
  if (proof === null || typeof proof !== "object") return "This is not a proof.";
  if (proof.scheme !== "wheel:v1") return `This page checks spins of a wheel (wheel:v1); this proof says ${JSON.stringify(proof.scheme ?? "nothing")}.`;
  if (!HEX_64.test(proof.server_seed_hash)) return "The sealed seed is not 64 hexadecimal characters.";
  if (proof.server_seed !== null && !HEX_64.test(proof.server_seed)) return "The opened seed is not 64 hexadecimal characters.";
  if (!CLIENT_SEED.test(proof.client_seed)) return "Your seed may hold only letters, digits, - and _, 64 at most.";
  if (!Number.isSafeInteger(proof.nonce) || proof.nonce < 0) return "The spin's number is not a whole number.";
  if (!Number.isSafeInteger(proof.size) || proof.size < 1 || proof.size > WORDS) return "The number of places is out of range.";
  if (!Number.isSafeInteger(proof.position)) return "The position is not a whole number.";
  if (typeof proof.config_text !== "string" || !HEX_64.test(proof.config_digest)) return "The odds or their fingerprint are missing.";
  if (typeof proof.reward_slug !== "string") return "The reward is missing.";
  return null;
}

/**
 * Check a proof, step by step.
 * @param {any} proof what was pasted, opened or loaded
 * @returns {Promise<{verdict: "pass" | "fail" | "waits", steps: Step[]}>}
 */
export async function checkProof(proof) {
  const fault = faultOf(proof);
  if (fault !== null) return { verdict: "fail", steps: [{ id: "read", verdict: "fail", numbers: {}, why: fault }] };
  const steps = [readStep(proof), await sealStep(proof), await oddsStep(proof), ...(await drawSteps(proof)), outcomeStep(proof)];
  const verdicts = steps.map((step) => step.verdict);
  return { verdict: verdicts.includes("fail") ? "fail" : verdicts.includes("waits") ? "waits" : "pass", steps };
}

/** @param {Proof} proof @returns {Step} */
function readStep(proof) {
  const numbers = { client_seed: proof.client_seed, nonce: String(proof.nonce), size: String(proof.size), reward: proof.reward_slug };
  return { id: "read", verdict: "pass", numbers };
}

/** @param {Proof} proof @returns {Promise<Step>} */
async function sealStep(proof) {
  if (proof.server_seed === null) return { id: "seal", verdict: "waits", numbers: { promised: proof.server_seed_hash } };
  const computed = await sha256(proof.server_seed);
  const numbers = { server_seed: proof.server_seed, computed, promised: proof.server_seed_hash };
  return { id: "seal", verdict: computed === proof.server_seed_hash ? "pass" : "fail", numbers };
}

/** @param {Proof} proof @returns {Promise<Step>} */
async function oddsStep(proof) {
  const computed = await sha256(proof.config_text);
  const numbers = { computed, promised: proof.config_digest };
  if (computed !== proof.config_digest) return { id: "odds", verdict: "fail", numbers, why: "The odds are not those that were promised." };
  try {
    const { size, ranges } = parseConfig(proof.config_text);
    const same = size === proof.size;
    const why = same ? undefined : `The odds speak of ${size} places, the proof of ${proof.size}.`;
    return { id: "odds", verdict: same ? "pass" : "fail", numbers: { ...numbers, ranges: String(ranges.length), size: String(size) }, why };
  } catch (fault) {
    return { id: "odds", verdict: "fail", numbers, why: fault instanceof Error ? fault.message : String(fault) };
  }
}

/** @param {Proof} proof @returns {Promise<Step[]>} */
async function drawSteps(proof) {
  const message = `wheel:v1:${proof.client_seed}:${proof.nonce}:0`;
  if (proof.server_seed === null) {
    return [
      { id: "draw", verdict: "waits", numbers: { message } },
      { id: "position", verdict: "waits", numbers: { claimed: String(proof.position) } },
    ];
  }
  const { position, limit, words, blocks } = await drawPosition(proof.server_seed, proof.client_seed, proof.nonce, proof.size);
  const used = words[words.length - 1];
  const draw = { message, block: blocks[used.block], word: String(used.word), skipped: String(words.length - 1), limit: String(limit) };
  const numbers = { word: String(used.word), size: String(proof.size), computed: String(position), claimed: String(proof.position) };
  return [
    { id: "draw", verdict: "pass", numbers: draw },
    { id: "position", verdict: position === proof.position ? "pass" : "fail", numbers },
  ];
}

/** @param {Proof} proof @returns {Step} */
function outcomeStep(proof) {
  const ranges = rangesOf(proof);
  const range = ranges.find(({ start, end }) => start <= proof.position && proof.position <= end);
  const paid = proof.paid_reward_slug ?? proof.reward_slug;
  const numbers = {
    position: String(proof.position),
    range: range ? `${range.start}–${range.end}` : "none",
    reward: range?.slug ?? "none",
    claimed: proof.reward_slug,
    paid,
  };
  const known = ranges.some(({ slug }) => slug === paid);
  const why = known ? undefined : `What was paid, “${paid}”, is no reward of this wheel.`;
  return { id: "outcome", verdict: range?.slug === proof.reward_slug && known ? "pass" : "fail", numbers, why };
}

/** @param {Proof} proof @returns {Range[]} none when the odds cannot be read */
function rangesOf(proof) {
  try {
    return parseConfig(proof.config_text).ranges;
  } catch {
    return [];
  }
}

/** @param {ArrayBuffer} bytes */
function hex(bytes) {
  return Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
