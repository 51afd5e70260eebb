import { wordsOf } from "../api.js";
import { showConnection } from "../components/connection-badge.js";
import { deskEmpty, deskTable, showDeskProblem } from "../components/desk-table.js";
import { confirmed } from "../components/confirm.js";
import { showToast } from "../components/banner.js";
import { rewardSentence } from "../components/reward-words.js";
import { DeskList } from "../desk-list.js";
import { byId, el, fill } from "../dom.js";
import { openPage } from "../page-frame.js";
import { callAs, createClient } from "../session.js";

/** @typedef {import("../protocol.js").DeliveryView} DeliveryView */

/** What an operator is told of a delivery. @type {Record<string, string>} */
const STATUSES = { pending: "pending", sending: "sending", failed: "failed, tried again", manual: "waiting for you", confirmed: "confirmed", stopped: "not delivered, spin voided" };
const PAGE = 50;
const LOOK_EVERY_MS = 5_000;

const main = byId("main", HTMLElement);
const page = await openPage(main, "operator");
if (page !== null) run(page.format);

/** @param {import("../format.js").Format} format */
function run(format) {
  const client = createClient();
  const place = byId("rewards", HTMLElement);
  /** @type {DeskList<DeliveryView>} */
  const list = new DeskList("/api/v1/rewards", {
    form: byId("filter", HTMLFormElement),
    more: byId("more", HTMLButtonElement),
    size: PAGE,
    show: (rewards) => fill(place, rewards.length > 0 ? table(rewards) : deskEmpty("No such rewards. What players win will stand here.")),
    failed: (problem) => showDeskProblem(place, problem),
  });
  showConnection(byId("connection", HTMLElement), client, format);
  void client.connect().catch(() => undefined);
  setInterval(() => {
    if (document.visibilityState === "visible" && list.atStart) void look();
  }, LOOK_EVERY_MS);
  void look();

  async function look() {
    await Promise.all([list.look(), showStuck()]);
    main.removeAttribute("aria-busy");
  }

  async function showStuck() {
    const stuck = byId("stuck", HTMLElement);
    try {
      const { items } = await callAs(`/api/v1/rewards?delivery_status=manual&limit=${PAGE}`);
      fill(stuck, items.length > 0 ? table(items) : deskEmpty("Nothing waits for you."));
    } catch (problem) {
      showDeskProblem(stuck, problem);
    }
  }

  /** @param {DeliveryView[]} rewards */
  function table(rewards) {
    const heads = ["Reward", "Player", "Status", "Attempts", "Won", ""];
    return deskTable("Rewards", heads, rewards.map(row));
  }

  /** @param {DeliveryView} reward */
  function row(reward) {
    const { reward_type, reward_detail, user_id, delivery_status, attempts, last_error, next_attempt_at, handled_by, handling_reason, created_at } = reward;
    const told = ["confirmed", "stopped"].includes(delivery_status) ? handling_reason && `${handled_by}: ${handling_reason}` : last_error;
    const next = delivery_status === "failed" && next_attempt_at ? `Next try ${format.moment(next_attempt_at)}` : null;
    return el(
      "tr",
      {},
      el("th", { scope: "row" }, rewardSentence(reward_type, reward_detail, format)),
      el("td", {}, el("bdi", {}, user_id)),
      el("td", {}, el("span", { class: "status", "data-status": delivery_status }, STATUSES[delivery_status] ?? delivery_status), told && el("p", { class: "note" }, told), next && el("p", { class: "note" }, next)),
      el("td", { class: "figure" }, attempts ?? ""),
      el("td", {}, format.moment(created_at)),
      el("td", {}, el("span", { class: "desk-moves" }, moves(reward))),
    );
  }

  /** @param {DeliveryView} reward */
  function moves(reward) {
    const { reward_type, delivery_status } = reward;
    const again = ["failed", "manual"].includes(delivery_status) && reward_type !== "in_kind";
    const byHand = delivery_status === "manual";
    return [
      again && el("button", { class: "button quiet small", type: "button", onclick: () => void sendAgain(reward) }, "Send again"),
      byHand && el("button", { class: "button quiet small", type: "button", onclick: () => void handle(reward) }, reward_type === "in_kind" ? "Shipped" : "Done by hand"),
    ];
  }

  /** @param {DeliveryView} reward */
  async function sendAgain({ id, user_id }) {
    const said = await confirmed({ label: "Send again", words: `It is sent to ${user_id} at once, under the same id: if it has arrived before, it is not paid twice.` });
    if (said !== null) await act(`/api/v1/rewards/${id}/retry`);
  }

  /** @param {DeliveryView} reward */
  async function handle({ id, user_id, reward_type, reward_detail }) {
    const what = rewardSentence(reward_type, reward_detail, format);
    const reason = await confirmed({ label: "Mark as delivered", words: `${what} ${user_id} is told that it has arrived. Say how you delivered it: it is kept in the audit trail.`, reason: true });
    if (reason !== null) await act(`/api/v1/rewards/${id}/handle`, { reason });
  }

  /** @param {string} path @param {object} [body] */
  async function act(path, body) {
    try {
      await callAs(path, { method: "POST", body });
    } catch (problem) {
      showToast(byId("notes", HTMLElement), wordsOf(problem));
    }
    await look();
  }
}
