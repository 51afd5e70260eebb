import { el } from "../dom.js";
import { rewardSentence } from "./reward-words.js";
import { CLAIM_STATUSES } from "./spin-facts.js";
import { code, storyLines, storyPanel } from "./story-panel.js";

/** @typedef {import("../protocol.js").PlayWhole} PlayWhole */
/** @typedef {import("../format.js").Format} Format */
/** @typedef {import("./story-panel.js").Fact} Fact */

/** How far a reward has come, as it is said. @type {Record<string, string>} */
const DELIVERIES = { pending: "pending", sending: "sending", failed: "failed, tried again", manual: "waiting for an operator", confirmed: "arrived", stopped: "stopped, never delivered" };
/** @type {Record<string, string>} */
const CHANCES = { active: "some are left of it", exhausted: "used up", expired: "expired", revoked: "taken back" };
/** @type {Record<string, string>} */
const VOIDS = { requested: "waits for another operator's consent", voided: "voided", withdrawn: "withdrawn" };

/**
 * All that is known of a spin, part by part.
 * @param {PlayWhole} play
 * @param {string} wheel its name
 * @param {Format} format
 * @returns {HTMLElement[]}
 */
export function storyOf(play, wheel, format) {
  const { chance, reward_delivery, voids, events, log, audit } = play.story;
  return [
    storyPanel("Who and when", begun(play, wheel, format)),
    storyPanel("Outcome", outcome(play, format)),
    ...(chance ? [storyPanel("Chance", ofChance(chance, play, format))] : []),
    ...(reward_delivery ? [storyPanel("Reward on its way", delivery(reward_delivery, format))] : []),
    ...(voids ?? []).map((one) => storyPanel("Void", ofVoid(one, format))),
    storyPanel("Fairness", fairness(play, format)),
    storyLines("Events", (events ?? []).map(({ at, event_type, event_data, ip_address }) => ({ at, words: event_type, by: ip_address, more: JSON.stringify(event_data) })), format),
    storyLines("Log", (log ?? []).map(({ at, level, message, component, details }) => ({ at, words: `${level}: ${message}`, by: component, more: details })), format),
    storyLines("Audit trail", (audit ?? []).map(({ at, action, user_id, new_values }) => ({ at, words: action, by: user_id, more: new_values && JSON.stringify(new_values) })), format),
  ];
}

/** @param {PlayWhole} play @param {string} wheel @param {Format} format @returns {Fact[]} */
function begun({ user_id, wheel_game_id, request_id, started_at, completed_at, spin_duration_ms, story }, wheel, format) {
  return [
    ["Player", el("a", { href: `/console/spins?user_id=${encodeURIComponent(user_id)}` }, user_id)],
    ["Wheel", el("a", { href: `/console/wheels/${wheel_game_id}` }, `${wheel}, version ${story.version.version_number}`)],
    ["Begun", format.exactly(started_at)],
    ["Stopped", completed_at && format.exactly(completed_at)],
    ["Turned for", `${format.decimal(spin_duration_ms / 1000, 1)} s`],
    ["The player's request", request_id],
  ];
}

/** @param {PlayWhole} play @param {Format} format @returns {Fact[]} */
function outcome({ reward, paid_amount, claim_status, angle_deg, story }, format) {
  if (reward === null) return [["Not known yet", "What the wheel will show is told when it has stopped."]];
  const { position, range_reward } = story;
  return [
    ["Drawn", position && `position ${format.integer(position)}`],
    ["The wheel shows", range_reward && range_reward.slug !== reward.slug && `${range_reward.label} (${range_reward.slug}), which had run out`],
    ["Reward", el("bdi", {}, `${reward.label} (${reward.slug})`)],
    ["Which is", rewardSentence(reward.type, reward.detail, format)],
    ["Paid", paid_amount !== null && Number(paid_amount) > 0 && format.money(paid_amount)],
    ["Claim", claim_status && (CLAIM_STATUSES[claim_status] ?? claim_status)],
    ["The wheel rests at", angle_deg !== null && `${format.decimal(angle_deg, 2)}°`],
  ];
}

/** @param {NonNullable<PlayWhole["story"]["chance"]>} chance @param {PlayWhole} play @param {Format} format @returns {Fact[]} */
function ofChance({ chance_type, chance_status, award_reason, expires_at }, { user_id }, format) {
  return [
    ["Given for", el("a", { href: `/console/chances?user_id=${encodeURIComponent(user_id)}` }, award_reason)],
    ["Kind", chance_type],
    ["The grant", CHANCES[chance_status] ?? chance_status],
    ["To use until", expires_at && format.exactly(expires_at)],
  ];
}

/** @param {NonNullable<PlayWhole["story"]["reward_delivery"]>} delivery @param {Format} format @returns {Fact[]} */
function delivery({ delivery_status, attempts, last_error, next_attempt_at, confirmed_at, handled_by, handling_reason, amount, currency }, format) {
  return [
    ["Stands at", el("a", { href: "/console/rewards" }, DELIVERIES[delivery_status] ?? delivery_status)],
    ["Amount", amount && format.money(amount, currency)],
    ["Attempts", attempts],
    ["Last refused", last_error],
    ["Next try", delivery_status === "failed" && next_attempt_at && format.exactly(next_attempt_at)],
    ["Arrived", confirmed_at && format.exactly(confirmed_at)],
    [delivery_status === "stopped" ? "Stopped" : "By hand", handling_reason && `${handled_by}: ${handling_reason}`],
  ];
}

/** @param {import("../protocol.js").SpinVoid} one @param {Format} format @returns {Fact[]} */
function ofVoid({ void_status, void_reason, requested_by, requested_at, decided_by, decided_at, spin_chance_id }, format) {
  return [
    ["Stands at", VOIDS[void_status] ?? void_status],
    ["Why", void_reason],
    ["Asked for", `${format.exactly(requested_at)} by ${requested_by}`],
    ["Decided", decided_at && `${format.exactly(decided_at)} by ${decided_by}`],
    ["The chance", spin_chance_id && "was given back"],
  ];
}

/** @param {PlayWhole} play @param {Format} format @returns {Fact[]} */
function fairness({ session_id, wheel_version_id, server_seed_hash, client_seed, nonce, story }, format) {
  return [
    ["Spin", code(session_id)],
    ["Version of the wheel", code(wheel_version_id)],
    ["Digest of its odds", code(story.version.config_digest)],
    ["Commitment of the seed", code(server_seed_hash)],
    ["The seed", story.epoch.epoch_status === "revealed" ? "is revealed, and stands in the proof" : "is not revealed yet"],
    ["The player's seed", code(client_seed)],
    ["Number", format.integer(nonce)],
  ];
}
