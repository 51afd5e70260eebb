import { el } from "../dom.js";
import { callAs } from "../session.js";

/** What a page without a live list looks after, this often. */
const COUNT_EVERY_MS = 15_000;
const MOST = 99;

/** Say beside the console's links to alerts and voids how many wait for somebody, now and from now on. */
export function keepWaitingCounts() {
  const count = () => void Promise.all([countAlerts(), countVoids()]);
  count();
  setInterval(() => {
    if (document.visibilityState === "visible") count();
  }, COUNT_EVERY_MS);
}

/** Look how many alerts are open. */
export function countAlerts() {
  return countBeside("/console/alerts", "Alerts", "/api/v1/alerts?alert_status=open", "open");
}

/** Look how many voids wait for consent. */
export function countVoids() {
  return countBeside("/console/voids", "Voids", "/api/v1/spin-voids?void_status=requested", "waiting for consent");
}

/** @param {string} href of the link @param {string} name on it @param {string} path of the list @param {string} standing of what is in it */
async function countBeside(href, name, path, standing) {
  const link = document.querySelector(`.desk-nav a[href="${href}"]`);
  const answer = link && (await callAs(`${path}&limit=${MOST + 1}`).catch(() => null));
  if (!link || !answer) return;
  const found = answer.items.length;
  const words = found > MOST ? `${MOST}+` : String(found);
  link.setAttribute("title", found > 0 ? `${words} ${standing}` : "");
  link.replaceChildren(...(found > 0 ? [`${name} `, el("span", { class: "count" }, words)] : [name]));
}
