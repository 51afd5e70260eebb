import { wordsOf } from "../api.js";
import { proofStep } from "../components/proof-steps.js";
import { byId, el, fill } from "../dom.js";
import { canCheck, checkProof } from "../fairness.js";
import { setDirection } from "../page-frame.js";
import { callAs, storedSession } from "../session.js";

const VERDICTS = {
  pass: ["This spin was drawn fairly.", "All steps hold. They were computed here, in your browser; nothing was sent anywhere."],
  fail: ["This proof does not hold.", "The step marked below does not fit. Keep this file and ask your house about it."],
  waits: ["So far it holds; one seal is still closed.", "The odds are the promised ones. The draw itself can be checked once the seed is opened."],
};

const input = byId("proof", HTMLTextAreaElement);
const file = byId("file", HTMLInputElement);
const drop = byId("drop", HTMLElement);
const outcome = byId("outcome", HTMLElement);
const note = byId("proof-note", HTMLElement);

setDirection(navigator.language);
byId("check", HTMLFormElement).addEventListener("submit", (event) => {
  event.preventDefault();
  void check(input.value);
});
file.addEventListener("change", () => void open(file.files?.[0]));
followDrops();
await begin();

async function begin() {
  if (!canCheck()) {
    note.textContent = "This browser offers its cryptography only to pages served over https. Open this page over https to check a proof.";
    return;
  }
  const sessionId = new URLSearchParams(location.search).get("spin");
  if (sessionId === null) return;
  if (storedSession() === null) {
    note.textContent = "Sign in to load this spin's proof, or open its file here.";
    return;
  }
  note.textContent = "Loading the proof…";
  try {
    const proof = await callAs(`/api/v1/spins/${encodeURIComponent(sessionId)}/proof`);
    note.textContent = "";
    show(proof);
    await check(input.value);
  } catch (problem) {
    note.textContent = wordsOf(problem);
  }
}

/** @param {object} proof */
function show(proof) {
  input.value = JSON.stringify(proof, null, 2);
}

/** @param {File | null | undefined} chosen */
async function open(chosen) {
  if (!chosen) return;
  input.value = await chosen.text();
  await check(input.value);
}

/** @param {string} text */
async function check(text) {
  if (!canCheck()) return;
  const proof = parse(text);
  if (proof === undefined) {
    note.textContent = text.trim() === "" ? "Paste a proof first, or open its file." : "This is not a proof file: it is no valid JSON.";
    fill(outcome);
    delete outcome.dataset.verdict;
    return;
  }
  note.textContent = "";
  const { verdict, steps } = await checkProof(proof);
  const [title, words] = VERDICTS[verdict];
  outcome.dataset.verdict = verdict;
  fill(
    outcome,
    el("div", { class: "verdict" }, el("h2", {}, title), el("p", {}, words), ways(proof, verdict)),
    el("ol", { class: "steps" }, steps.map((step, index) => proofStep(step, index + 1))),
    typeof proof?.config_text === "string" && el("details", { class: "panel" }, el("summary", {}, el("h2", {}, "The odds"), el("span", {}, "as fingerprinted")), el("pre", { class: "hash", tabindex: 0 }, proof.config_text)),
  );
}

/** @param {any} proof @param {string} verdict */
function ways(proof, verdict) {
  const name = `proof-${proof?.session_id ?? proof?.nonce ?? "spin"}.json`;
  const href = `data:application/json;charset=utf-8,${encodeURIComponent(JSON.stringify(proof, null, 2))}`;
  return el(
    "p",
    { class: "verdict-ways" },
    el("a", { class: "button quiet", href, download: name }, "Save the proof file"),
    verdict === "waits" && storedSession() && el("a", { class: "button quiet", href: "/play" }, "To the wheels"),
  );
}

/** @param {string} text @returns {any} undefined when it is not JSON */
function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function followDrops() {
  addEventListener("dragover", (event) => {
    event.preventDefault();
    drop.classList.add("is-over");
  });
  addEventListener("dragleave", (event) => event.relatedTarget === null && drop.classList.remove("is-over"));
  addEventListener("drop", (event) => {
    event.preventDefault();
    drop.classList.remove("is-over");
    void open(event.dataTransfer?.files[0]);
  });
}
