import { el } from "../dom.js";
import { callAs } from "../session.js";

/** What a page without a live list of alerts looks after, this often. */
const COUNT_EVERY_MS = 15_000;
const MOST = 99;

/** Say beside the console's link to the alerts how many are open, now and from now on. */
export function keepAlertCount() {
  void countAlerts();
  setInterval(() => {
    if (document.visibilityState === "visible") void countAlerts();
  }, COUNT_EVERY_MS);
}

/** Look how many alerts are open. */
export async function countAlerts() {
  const link = document.querySelector('.desk-nav a[href="/console/alerts"]');
  const answer = link && (await callAs(`/api/v1/alerts?alert_status=open&limit=${MOST + 1}`).catch(() => null));
  if (!link || !answer) return;
  const open = answer.items.length;
  const words = open > MOST ? `${MOST}+` : String(open);
  link.setAttribute("title", open > 0 ? `${words} open` : "");
  link.replaceChildren(...(open > 0 ? ["Alerts ", el("span", { class: "count" }, words)] : ["Alerts"]));
}
