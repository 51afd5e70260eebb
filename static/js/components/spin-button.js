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
 * @param {{press: string, busy: string}} words
 * @returns {{label: string, works: boolean, reason: string}}
 */
export function spinButtonState({ connection, phase, remaining, open, refusal }, { press, busy }) {
  if (phase === "turning") return { label: busy, works: false, reason: refusal };
  if (phase === "asking") return { label: "One moment…", works: false, reason: connection === "live" ? "" : "Your spin is on its way; it counts once, however often it is sent." };
  if (connection === "ended") return { label: press, works: false, reason: "You are signed off." };
  if (connection === "offline") return { label: press, works: false, reason: "Offline: the wheel can be turned again once the line is back." };
  if (connection === "connecting" || remaining === null) return { label: press, works: false, reason: "Getting ready…" };
  if (!open) return { label: press, works: false, reason: "This wheel is closed just now." };
  if (remaining === 0) return { label: press, works: false, reason: refusal || "You have no spins left. New ones show here as soon as you are given them." };
  return { label: press, works: true, reason: refusal };
}

/**
 * Show it. The button keeps the focus when it does not work, and says why beside it.
 * @param {HTMLButtonElement} button
 * @param {HTMLElement} reason
 * @param {SpinFacts} facts
 * @param {{press: string, busy: string}} words
 */
export function showSpinButton(button, reason, facts, words) {
  const state = spinButtonState(facts, words);
  fill(button, state.label);
  button.setAttribute("aria-disabled", String(!state.works));
  if (reason.textContent !== state.reason) reason.textContent = state.reason;
}
