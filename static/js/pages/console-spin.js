import { showConnection } from "../components/connection-badge.js";
import { rewardSentence } from "../components/reward-words.js";
import { CLAIM_STATUSES, SPIN_STATUSES, outcomeOf } from "../components/spin-facts.js";
import { byId, el, fill } from "../dom.js";
import { openPage, showProblem } from "../page-frame.js";
import { callAs, createClient } from "../session.js";

/** @typedef {import("../protocol.js").Play} Play */
/** A fact with its name; what is not known is left out. @typedef {[string, Node | string | number | null | undefined]} Fact */

const LOOK_EVERY_MS = 2_000;

const main = byId("main", HTMLElement);
const page = await openPage(main, "operator");
if (page !== null) await run(page.format).catch((problem) => showProblem(main, problem));

/** @param {import("../format.js").Format} format */
async function run(format) {
  const id = decodeURIComponent(location.pathname.split("/")[3] ?? "");
  const client = createClient();
  showConnection(byId("connection", HTMLElement), client, format);
  void client.connect().catch(() => undefined);
  await look();

  async function look() {
    const play = await callAs(`/api/v1/spins/${id}`);
    const wheel = await callAs(`/api/v1/wheels/${play.wheel_game_id}`).catch(() => null);
    show(play, wheel?.wheel_name ?? "a wheel");
    main.removeAttribute("aria-busy");
    if (play.spin_status === "committed") setTimeout(() => void look().catch(() => undefined), LOOK_EVERY_MS);
  }

  /** @param {Play} play @param {string} wheel */
  function show(play, wheel) {
    const { session_id, spin_status, started_at, user_id } = play;
    document.title = `Spin of ${user_id} · Wheelhouse`;
    fill(byId("spin-title", HTMLElement), "A spin of ", el("bdi", {}, user_id));
    fill(
      byId("standing", HTMLElement),
      el("span", { class: "status", "data-status": spin_status }, SPIN_STATUSES[spin_status] ?? spin_status),
      el("span", {}, format.moment(started_at)),
      outcomeOf(play),
      spin_status === "completed" && el("a", { href: `/verify?spin=${session_id}` }, "Check its proof"),
    );
    fill(byId("story", HTMLElement), panel("Who and when", begun(play, wheel)), panel("Outcome", outcome(play)), panel("Fairness", fairness(play)));
  }

  /** @param {Play} play @param {string} wheel @returns {Fact[]} */
  function begun({ user_id, wheel_game_id, request_id, started_at, completed_at, spin_duration_ms }, wheel) {
    return [
      ["Player", el("a", { href: `/console/spins?user_id=${encodeURIComponent(user_id)}` }, user_id)],
      ["Wheel", el("a", { href: `/console/wheels/${wheel_game_id}` }, wheel)],
      ["Begun", format.exactly(started_at)],
      ["Stopped", completed_at && format.exactly(completed_at)],
      ["Turned for", `${format.decimal(spin_duration_ms / 1000, 1)} s`],
      ["The player's request", request_id],
    ];
  }

  /** @param {Play} play @returns {Fact[]} */
  function outcome({ reward, paid_amount, claim_status, angle_deg }) {
    if (reward === null) return [["Not known yet", "What the wheel will show is told when it has stopped."]];
    return [
      ["Reward", el("bdi", {}, `${reward.label} (${reward.slug})`)],
      ["Which is", rewardSentence(reward.type, reward.detail, format)],
      ["Paid", paid_amount !== null && Number(paid_amount) > 0 ? format.money(paid_amount) : null],
      ["Claim", claim_status && (CLAIM_STATUSES[claim_status] ?? claim_status)],
      ["The wheel rests at", angle_deg === null ? null : `${format.decimal(angle_deg, 2)}°`],
    ];
  }

  /** @param {Play} play @returns {Fact[]} */
  function fairness({ session_id, wheel_version_id, server_seed_hash, client_seed, nonce }) {
    return [
      ["Spin", code(session_id)],
      ["Version of the wheel", code(wheel_version_id)],
      ["Commitment of the seed", code(server_seed_hash)],
      ["The player's seed", code(client_seed)],
      ["Number", nonce],
    ];
  }
}

/** @param {string} text */
function code(text) {
  return el("code", { class: "hash" }, text);
}

/** @param {string} title @param {Fact[]} facts */
function panel(title, facts) {
  const known = facts.filter(([, value]) => value !== null && value !== undefined && value !== "");
  return el("section", { class: "panel" }, el("h2", {}, title), el("dl", { class: "story-facts" }, known.map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", {}, value)))));
}
