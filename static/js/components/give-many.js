import { wordsOf } from "../api.js";
import { readChanceList } from "../chance-list.js";
import { kindOptions, termsOf } from "../chance-terms.js";
import { byId, el, fill } from "../dom.js";
import { callAs } from "../session.js";
import { confirmed } from "./confirm.js";

/** Entries of one call; a longer list goes in several. */
const LONGEST_CALL = 10_000;
/** Lines of a list that are named one by one. */
const NAMED = 20;

/**
 * Let chances be given to everybody on a pasted list or in a CSV file, each line answered by itself.
 * @param {{format: import("../format.js").Format, wheels: Map<string, string>, given: () => void}} page `given`: some were given
 */
export function offerGivingToMany({ format, wheels, given }) {
  const dialog = byId("give-many", HTMLDialogElement);
  const form = byId("give-many-form", HTMLFormElement);
  const list = byId("give-many-list", HTMLTextAreaElement);
  const file = byId("give-many-file", HTMLInputElement);
  const counted = byId("give-many-counted", HTMLElement);
  const told = byId("give-many-told", HTMLElement);
  /** Names this list's lines, so that the same list sent again gives nothing twice; another list is another. */
  let sending = { text: "", id: "" };
  const [kind, wheel] = ["chance_type", "wheel"].map((name) => /** @type {HTMLSelectElement} */ (form.elements.namedItem(name)));
  kind.append(...kindOptions());
  wheel.append(...[...wheels].map(([id, name]) => el("option", { value: id }, name)));
  byId("many", HTMLButtonElement).addEventListener("click", () => dialog.showModal());
  list.addEventListener("input", count);
  file.addEventListener("change", async () => {
    list.value = (await file.files?.[0]?.text()) ?? "";
    count();
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void give();
  });

  function count() {
    const { lines, faults } = readChanceList(list.value);
    counted.textContent = lines.length > 0 ? words(lines) : "";
    fill(told, faults.length > 0 && named(faults));
    return { lines, faults };
  }

  /** @param {import("../chance-list.js").Line[]} lines */
  function words(lines) {
    const players = new Set(lines.map(({ user_id }) => user_id)).size;
    const chances = lines.reduce((sum, { chance_count }) => sum + chance_count, 0);
    return `${format.integer(chances)} chances for ${format.integer(players)} ${players === 1 ? "player" : "players"}`;
  }

  async function give() {
    const { lines, faults } = count();
    if (faults.length > 0) return;
    if (lines.length === 0) return fill(told, named(["The list is empty. Write a player a line, and after a comma how many chances."]));
    const terms = termsOf(new FormData(form));
    const where = terms.chance_metadata ? `on ${wheels.get(terms.chance_metadata.wheels[0])}` : "on every wheel";
    if ((await confirmed({ label: "Give", words: `${words(lines)}, to spin ${where}. They see them at once.` })) === null) return;
    const text = JSON.stringify([terms, list.value]);
    if (text !== sending.text) sending = { text, id: crypto.randomUUID() };
    const entries = lines.map(({ line, user_id, chance_count, grant_id }) => ({ ...terms, user_id, chance_count, grant_id: grant_id ?? `${sending.id}:${line}` }));
    form.setAttribute("aria-busy", "true");
    try {
      await send(lines, entries);
    } catch (problem) {
      fill(told, named([`${wordsOf(problem)} Give again as it stands: no line is given twice.`]));
    }
    form.removeAttribute("aria-busy");
    given();
  }

  /** @param {import("../chance-list.js").Line[]} lines @param {object[]} entries */
  async function send(lines, entries) {
    /** @type {{status: string, message?: string}[]} */
    const items = [];
    for (let at = 0; at < entries.length; at += LONGEST_CALL) {
      const answer = await callAs("/api/v1/chances/batch", { method: "POST", body: { entries: entries.slice(at, at + LONGEST_CALL) } });
      items.push(...answer.items);
    }
    const [granted, before] = ["granted", "duplicate"].map((status) => items.filter((one) => one.status === status).length);
    const refused = items.flatMap(({ message }, at) => (message ? [`Line ${lines[at].line}, ${lines[at].user_id}: ${message}`] : []));
    const summary = `${format.integer(granted)} given${before > 0 ? `, ${format.integer(before)} had been given before` : ""}${refused.length > 0 ? `, ${format.integer(refused.length)} refused` : ""}.`;
    fill(told, el("p", { id: "give-many-summary" }, summary), refused.length > 0 && named(refused));
    if (refused.length === 0) {
      form.reset();
      counted.textContent = "";
    }
  }

  /** @param {string[]} faults */
  function named(faults) {
    const more = faults.length - NAMED;
    return el("ul", { class: "desk-problem" }, faults.slice(0, NAMED).map((fault) => el("li", {}, fault)), more > 0 && el("li", {}, `and ${format.integer(more)} more`));
  }
}
