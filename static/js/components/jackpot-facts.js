import { el, fill } from "../dom.js";
import { countDown } from "./countdown.js";

/** @typedef {import("../protocol.js").JackpotView} JackpotView */
/** @typedef {import("../protocol.js").JackpotEvent} JackpotEvent */
/** @typedef {import("../protocol.js").JackpotPrize} JackpotPrize */
/** @typedef {import("../protocol.js").JackpotMessage} JackpotMessage */
/** @typedef {import("../format.js").Format} Format */

/** How a jackpot's status is said. @type {Record<string, string>} */
export const JACKPOT_STATUSES = {
  draft: "Draft", open: "Open", locked: "Picks closed", resulting: "Results coming in", settling: "Being settled", settled: "Settled", cancelled: "Cancelled",
};

/** How an event's status is said where it is worth saying. @type {Record<string, string>} */
const EVENT_STATUSES = { live: "under way", postponed: "postponed", void: "void" };

/**
 * Say how a jackpot stands: its status, and the time to its next moment.
 * @param {HTMLElement} place
 * @param {JackpotView} jackpot
 * @param {{now: () => number, format: Format}} ways
 * @param {string} [reason] why it was moved there
 */
export function showJackpotStanding(place, { jackpot_status, locks_at, end_time }, ways, reason) {
  const until = locks_at ?? end_time;
  const timer = el("b", { role: "timer", "aria-live": "off" });
  fill(place, el("span", { class: "status", "data-status": jackpot_status }, JACKPOT_STATUSES[jackpot_status] ?? jackpot_status));
  if (jackpot_status === "open") {
    place.append(el("span", {}, "Picks close in ", timer));
    countDown(timer, Date.parse(until), { ...ways, over: "a moment" });
  } else place.append(el("span", {}, `${jackpot_status === "draft" ? "Picks would close" : "Picks closed"} ${ways.format.moment(until)}`));
  if (reason) place.append(el("span", {}, reason));
}

/**
 * @param {HTMLElement} place an `ol`
 * @param {JackpotEvent[]} events
 * @param {Format} format
 */
export function showEvents(place, events, format) {
  if (events.length === 0) return fill(place, el("li", { class: "empty" }, "What is to be called will stand here."));
  const ordered = [...events].sort((one, other) => (one.event_config.position ?? 0) - (other.event_config.position ?? 0));
  fill(
    place,
    ordered.map(({ event_name, event_pick, event_result, event_status, event_config }, index) => {
      const results = event_result?.split(",") ?? [];
      const notes = [event_config.reserve && "reserve", EVENT_STATUSES[event_status], event_config.starts_at && format.moment(event_config.starts_at)].filter(Boolean);
      return el(
        "li",
        { "data-status": event_status },
        el("span", { class: "event-place" }, format.integer(index + 1)),
        el("span", { class: "event-name" }, event_name, notes.length > 0 && el("small", {}, notes.join(" · "))),
        el("span", { class: "picks" }, event_pick.split(",").map((code) => pick(code, results.includes(code)))),
      );
    }),
  );
}

/**
 * @param {string} code
 * @param {boolean} came
 */
function pick(code, came) {
  return el("span", { class: came ? "pick is-result" : "pick" }, code, came && el("span", { class: "for-readers" }, " came"));
}

/**
 * @param {HTMLElement} place an `ol`
 * @param {JackpotPrize[]} prizes
 * @param {{pool: string, currency: string, format: Format}} worth the pool as it stands, a decimal string
 */
export function showTiers(place, prizes, { pool, currency, format }) {
  if (prizes.length === 0) return fill(place, el("li", { class: "empty" }, "No prizes have been named yet."));
  const ordered = [...prizes].sort((one, other) => other.prize_config.correct - one.prize_config.correct);
  fill(
    place,
    ordered.map(({ prize_name, prize_config: { share_bps, fixed } }) => {
      const worth = fixed ? format.money(fixed, currency, { whole: true }) : share_bps ? format.money(shareOf(pool, share_bps), currency) : "";
      const terms = share_bps ? `${format.percent(share_bps / 10_000)} of the pool, shared` : "each";
      return el("li", {}, el("span", { class: "board-name" }, prize_name), el("span", { class: "board-points" }, worth), el("small", {}, terms));
    }),
  );
}

/**
 * A share of an amount, cut to two decimals so that no more is shown than there is.
 * @param {string} amount a decimal string
 * @param {number} bps ten-thousandths
 */
export function shareOf(amount, bps) {
  const [whole, decimals = ""] = amount.split(".");
  const units = (BigInt(whole + decimals.padEnd(4, "0").slice(0, 4)) * BigInt(bps)) / 1_000_000n;
  const text = String(units).padStart(3, "0");
  return `${text.slice(0, -2)}.${text.slice(-2)}`;
}

/**
 * What the house has said, newest first.
 * @param {HTMLElement} place an `ol`
 * @param {{message: string, sent_at: string}[]} messages
 * @param {Format} format
 * @param {string} empty
 */
export function showMessages(place, messages, format, empty) {
  fill(
    place,
    messages.length === 0
      ? el("li", { class: "empty" }, empty)
      : messages.map(({ message, sent_at }) => el("li", {}, el("p", {}, message), el("time", { datetime: sent_at }, format.moment(sent_at)))),
  );
}
