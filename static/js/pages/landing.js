import { wordsOf } from "../api.js";
import { WheelCanvas } from "../components/wheel-canvas.js";
import { byId, el, fill } from "../dom.js";
import { motionReduced } from "../motion/reduced.js";
import { setDirection, showProblem } from "../page-frame.js";
import { callAs, demoSignIn, getSite } from "../session.js";
import { segmentsOf } from "../components/wheel-segments.js";

/** @typedef {import("../protocol.js").Reward} Reward */

/** The wheel beside the words turns this slowly, and not at all for who asked for less motion. */
const DRIFT_DEG_S = 7;
const DRIFT_FRAME_MS = 500;

const main = byId("main", HTMLElement);
const note = byId("start-note", HTMLElement);

setDirection(navigator.language);
drawHouseWheel();
await begin();

async function begin() {
  try {
    const { demo, tenants } = await getSite();
    if (!demo) return location.replace("/play");
    main.removeAttribute("aria-busy");
    const choice = byId("tenant", HTMLSelectElement);
    if (tenants && tenants.length > 0) fill(choice, tenants.map((tenant) => el("option", { value: tenant.tenant_code }, tenant.tenant_name)));
    byId("start", HTMLFormElement).addEventListener("submit", (event) => void start(event, choice.value));
  } catch (problem) {
    showProblem(main, problem);
  }
}

/**
 * @param {SubmitEvent} event
 * @param {string} tenant
 */
async function start(event, tenant) {
  event.preventDefault();
  const button = /** @type {HTMLButtonElement} */ (event.submitter ?? document.querySelector(".start-player"));
  const role = /** @type {"player" | "operator" | "screen"} */ (button.value);
  note.textContent = "Signing in…";
  try {
    await demoSignIn(role, { tenant });
    note.textContent = "";
    if (role === "player") location.assign("/play");
    else if (role === "operator") location.assign("/console");
    else await openScreen();
  } catch (problem) {
    note.textContent = wordsOf(problem);
  }
}

async function openScreen() {
  const { items } = await callAs("/api/v1/wheels?wheel_status=active&limit=1");
  if (items.length === 0) note.textContent = "No wheel is open for the screen just now.";
  else location.assign(`/screen/wheel/${encodeURIComponent(items[0].id)}`);
}

/** A wheel of the house's own, to be seen before there is anybody to play. */
function drawHouseWheel() {
  const labels = ["£500 in gold", "Free bet", "No win", "Spin again", "10% boost", "No win", "£5 cash", "Free bet", "A prize", "No win"];
  const types = ["cash", "free_bet", "none", "spin_chance", "balance_boost", "none", "cash", "free_bet", "in_kind", "none"];
  const sweep = 360 / labels.length;
  const rewards = labels.map((label, index) => /** @type {Reward} */ ({
    id: String(index), reward_slug: String(index), reward_label: label, reward_type: types[index], reward_color: null, reward_description: null,
    reward_detail: {}, probability: index === 0 ? "0.001" : "0.111", range_start: 0, range_end: 0, start_deg: index * sweep, sweep_deg: sweep,
  }));
  const wheel = new WheelCanvas(byId("wheel", HTMLCanvasElement), () => performance.now());
  wheel.setSegments(segmentsOf(rewards));
  wheel.rest(-18);
  if (motionReduced()) return;
  const startedAt = performance.now();
  wheel.begin();
  const turn = () => {
    const seconds = (performance.now() - startedAt) / 1000;
    wheel.frame(performance.now(), -18 + seconds * DRIFT_DEG_S, DRIFT_DEG_S);
  };
  turn();
  setInterval(turn, DRIFT_FRAME_MS);
}
