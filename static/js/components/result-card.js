import { el, fill } from "../dom.js";
import { rewardIcon } from "./reward-glyph.js";
import { isWin, rewardSentence } from "./reward-words.js";

/** @typedef {import("../protocol.js").SpinResult} SpinResult */

/**
 * What the wheel has said, in its live region.
 * @param {HTMLElement} element a polite live region
 * @param {SpinResult} result
 * @param {{format: import("../format.js").Format, late: boolean, claim: () => Promise<void>}} options `late`: it stopped while the player was away
 */
export function showResult(element, result, { format, late, claim }) {
  const won = isWin(result.reward.type);
  element.dataset.rewardSlug = result.reward.slug;
  element.dataset.outcome = won ? "win" : "no-win";
  const claimable = result.claim_status === "unclaimed";
  const button = el("button", { class: "button small", type: "button", onclick: () => void claimOnce() }, "Claim it");
  const claimOnce = async () => {
    button.disabled = true;
    await claim().then(
      () => button.replaceWith("Claimed."),
      () => (button.disabled = false),
    );
  };
  fill(
    element,
    el("span", { class: "result-glyph" }, rewardIcon(result.reward.type)),
    el(
      "div",
      { class: "result-words" },
      el("p", { class: "result-title" }, late && "While you were away: ", won && "You won: ", el("bdi", {}, result.reward.label)),
      el(
        "p",
        { class: "result-text" },
        won ? `${rewardSentence(result.reward.type, result.reward.detail, format)} ` : "Nothing for you this time. ",
        el("a", { href: `/verify?spin=${encodeURIComponent(result.session_id)}` }, "Check this spin"),
      ),
    ),
    claimable && button,
  );
}

/** @param {HTMLElement} element @param {string} words */
export function clearResult(element, words) {
  delete element.dataset.rewardSlug;
  delete element.dataset.outcome;
  fill(element, el("p", { class: "result-text" }, words));
}
