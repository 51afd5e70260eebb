import { el, fill } from "../dom.js";

/** How a wheel's status is said. @type {Record<string, string>} */
export const WHEEL_STATUSES = { draft: "Draft", scheduled: "Opens by itself", active: "Open", paused: "Paused", ended: "Ended", archived: "Put away" };

/**
 * The line under a wheel's name: its status, its version, its times.
 * @param {HTMLElement} place
 * @param {import("../protocol.js").Wheel} wheel
 * @param {import("../format.js").Format} format
 */
export function showWheelStanding(place, { id, wheel_status, engine_status, version_number, wheel_slug, opens_at, closes_at }, format) {
  const opens = opens_at && ["draft", "scheduled"].includes(wheel_status) && `opens ${format.moment(opens_at)}`;
  const closes = closes_at && !["ended", "archived"].includes(wheel_status) && `ends ${format.moment(closes_at)}`;
  fill(
    place,
    el("span", { class: "status", "data-status": wheel_status }, WHEEL_STATUSES[wheel_status] ?? wheel_status),
    version_number === null ? el("span", {}, "not published yet") : el("span", {}, `version ${version_number}`),
    engine_status !== "active" && !["ended", "archived"].includes(wheel_status) && el("a", { href: "/console/engines" }, `Takes no spins: its engine is ${engine_status === "maintenance" ? "in maintenance" : engine_status}`),
    opens && el("span", {}, opens),
    closes && el("span", {}, closes),
    ["active", "paused", "ended"].includes(wheel_status) && el("a", { href: `/play/wheel/${wheel_slug}` }, "As players see it"),
    ["active", "paused"].includes(wheel_status) && el("a", { href: `/screen/wheel/${id}` }, "On a big screen"),
  );
}
