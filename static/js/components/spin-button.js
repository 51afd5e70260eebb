import { fill } from "../dom.js";

/** @typedef {import("../client.js").ConnectionState} ConnectionState */

/**
 * All that decides whether the button works.
 * @typedef {object} SpinFacts
 * @property {ConnectionState["name"]} connection
 * @property {"idle" | "asking" | "turning"} phase
 * @property {number | null} remaining chances left; null while unknown
 * @property {boolean} open whether the wheel is active
 * @property {string} refusal the server's last refusal, until the next try
 */

/**
 * What the button says, and why it cannot work now.
 * @param {SpinFacts} facts
 * @returns {{label: string, works: boolean, reason: string}}
 */
export function spinButtonState({ connection, phase, remaining, open, refusal }) {
  if (phase === "turning") return { label: "Turning…", works: false, reason: refusal };
  if (phase === "asking") return { label: "Spinning…", works: false, reason: connection === "live" ? "" : "Your spin is on its way; it counts once, however often it is sent." };
  if (connection === "ended") return { label: "Spin", works: false, reason: "You are signed off." };
  if (connection === "offline") return { label: "Spin", works: false, reason: "Offline: the wheel can be turned again once the line is back." };
  if (connection === "connecting" || remaining === null) return { label: "Spin", works: false, reason: "Getting ready…" };
  if (!open) return { label: "Spin", works: false, reason: "This wheel is closed just now." };
  if (remaining === 0) return { label: "Spin", works: false, reason: refusal || "You have no spins left. New ones show here as soon as you are given them." };
  return { label: "Spin", works: true, reason: refusal };
}

/**
 * Show it. The button keeps the focus when it does not work, and says why beside it.
 * @param {HTMLButtonElement} button
 * @param {HTMLElement} reason
 * @param {SpinFacts} facts
 */
export function showSpinButton(button, reason, facts) {
  const state = spinButtonState(facts);
  fill(button, state.label);
  button.setAttribute("aria-disabled", String(!state.works));
  if (reason.textContent !== state.reason) reason.textContent = state.reason;
}
