import { ruleWords } from "../alert-words.js";
import { wordsOf } from "../api.js";
import { countAlerts } from "../components/waiting-counts.js";
import { showToast } from "../components/banner.js";
import { confirmed } from "../components/confirm.js";
import { showConnection } from "../components/connection-badge.js";
import { deskEmpty, showDeskProblem } from "../components/desk-table.js";
import { blockButton } from "../components/player-block.js";
import { DeskList } from "../desk-list.js";
import { byId, el, fill } from "../dom.js";
import { openPage } from "../page-frame.js";
import { callAs, createClient } from "../session.js";

/** @typedef {import("../protocol.js").Alert} Alert */

const PAGE = 50;
/** A burst of alerts is answered by one new look. */
const GATHER_MS = 300;
/** For how long an alert may be suppressed: days, and nothing for good. @type {[string, string][]} */
const SUPPRESSED = [["1", "a day"], ["7", "a week"], ["30", "30 days"], ["90", "90 days"], ["365", "a year"], ["", "good"]];
const SUPPRESSED_DAYS = "30";

const main = byId("main", HTMLElement);
const page = await openPage(main, "operator");
if (page !== null) run(page.format);

/** @param {import("../format.js").Format} format */
function run(format) {
  const client = createClient();
  const place = byId("alerts", HTMLElement);
  const notes = byId("notes", HTMLElement);
  let gathering = 0;
  /** @type {DeskList<Alert>} */
  const list = new DeskList("/api/v1/alerts", {
    form: byId("filter", HTMLFormElement),
    more: byId("more", HTMLButtonElement),
    size: PAGE,
    show: (alerts) => fill(place, alerts.length > 0 ? shown("Alerts", alerts) : deskEmpty("No such alerts. What the rules find in the plays will stand here.")),
    failed: (problem) => showDeskProblem(place, problem),
  });
  showConnection(byId("connection", HTMLElement), client, format);
  client.subscribe("operator", { snapshot: soon, event: (name) => void (name.startsWith("alert.") && soon()) });
  void client.connect().catch(() => undefined);
  void look();

  function soon() {
    clearTimeout(gathering);
    gathering = setTimeout(() => void look(), GATHER_MS);
  }

  async function look() {
    await Promise.all([showStanding(), list.atStart && list.look(), countAlerts()]);
    main.removeAttribute("aria-busy");
  }

  async function showStanding() {
    const standing = byId("standing", HTMLElement);
    try {
      const pages = await Promise.all(["open", "acknowledged"].map((status) => callAs(`/api/v1/alerts?alert_status=${status}&limit=${PAGE}`)));
      const alerts = pages.flatMap(({ items }) => items);
      fill(standing, alerts.length > 0 ? shown("Alerts that stand", alerts) : deskEmpty("All is quiet."));
    } catch (problem) {
      showDeskProblem(standing, problem);
    }
  }

  /** @param {string} label @param {Alert[]} alerts */
  function shown(label, alerts) {
    return el("ul", { class: "alert-list", "aria-label": label }, alerts.map(item));
  }

  /** @param {Alert} alert */
  function item(alert) {
    const { alert_name, alert_message, alert_severity, alert_status, triggered_at, acknowledged_by, ended_by, end_reason, suppressed_until } = alert;
    const player = alert.alert_metadata.user_id;
    const who = end_reason !== null ? `${ended_by}: ${end_reason}` : acknowledged_by !== null && `${acknowledged_by} sees to it`;
    const until = alert_status === "suppressed" && (suppressed_until ? ` Until ${format.moment(suppressed_until)}.` : " For good.");
    return el(
      "li",
      {},
      el("p", { class: "alert-head" }, el("b", {}, ruleWords(alert_name)), el("span", { class: "status", "data-severity": alert_severity }, alert_severity), el("span", {}, alert_status), el("span", { class: "note" }, format.moment(triggered_at))),
      el("p", {}, alert_message),
      who && el("p", { class: "note" }, who, until),
      el("p", { class: "desk-moves" }, moves(alert), player && el("a", { class: "button quiet small", href: `/console/spins?user_id=${encodeURIComponent(player)}` }, "The player's spins")),
    );
  }

  /** @param {Alert} alert */
  function moves(alert) {
    const { alert_status, alert_metadata } = alert;
    const stands = ["open", "acknowledged"].includes(alert_status);
    return [
      alert_status === "open" && move("Acknowledge", () => void act(alert, "acknowledge")),
      stands && move("Resolve", () => void resolve(alert)),
      stands && move("Suppress", () => void suppress(alert)),
      stands && alert_metadata.user_id && blockButton(alert_metadata.user_id, notes, "button quiet small"),
    ];
  }

  /** @param {string} label @param {() => void} onclick */
  function move(label, onclick) {
    return el("button", { class: "button quiet small", type: "button", onclick }, label);
  }

  /** @param {Alert} alert */
  async function resolve(alert) {
    const reason = await confirmed({ label: "Resolve", words: "Say what you found: it is kept in the audit trail. The rule begins anew, and raises another alert if it finds the same again.", quote: alert.alert_message, reason: true });
    if (reason !== null) await act(alert, "resolve", { reason });
  }

  /** @param {Alert} alert */
  async function suppress(alert) {
    const days = el("select", {}, SUPPRESSED.map(([value, words]) => el("option", { value, selected: value === SUPPRESSED_DAYS }, words)));
    const words = "This rule raises no alert of the same for as long as you say. Say why, too: it is kept in the audit trail.";
    const reason = await confirmed({ label: "Suppress", words, quote: alert.alert_message, reason: true, field: el("label", {}, "For ", days) });
    if (reason !== null) await act(alert, "suppress", { reason, days: days.value === "" ? undefined : Number(days.value) });
  }

  /** @param {Alert} alert @param {string} to @param {object} [body] */
  async function act({ id }, to, body) {
    try {
      await callAs(`/api/v1/alerts/${id}/${to}`, { method: "POST", body });
    } catch (problem) {
      showToast(notes, wordsOf(problem));
    }
    await look();
  }
}
