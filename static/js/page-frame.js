import { wordsOf } from "./api.js";
import { keepWaitingCounts } from "./components/waiting-counts.js";
import { el, fill, icon } from "./dom.js";
import { Format } from "./format.js";
import { ensureSession, signOut, tenantLocale } from "./session.js";

/** @typedef {import("./session.js").Session} Session */
/** Who is here, and how things are written for them. @typedef {{session: Session, format: Format, tenantName: string}} OpenPage */

const RIGHT_TO_LEFT = /^(ar|fa|he|ps|ur)\b/;

/**
 * Set the page's direction: that of the language, unless the address asks for one (`?dir=rtl`).
 * @param {string} language
 */
export function setDirection(language) {
  const asked = new URLSearchParams(location.search).get("dir");
  document.documentElement.dir = asked === "rtl" || asked === "ltr" ? asked : RIGHT_TO_LEFT.test(language) ? "rtl" : "ltr";
}

/**
 * Sign in and say who is here in the masthead; when that fails, say why in the place of the page.
 * @param {HTMLElement} main
 * @param {import("./session.js").DemoRole} [role]
 * @returns {Promise<OpenPage | null>} null when the page cannot go on
 */
export async function openPage(main, role = "player") {
  try {
    const session = await ensureSession(role);
    const { name, language, currency } = await tenantLocale(session);
    setDirection(language);
    showWho(session, name);
    showWhere();
    if (role === "operator") keepWaitingCounts();
    return { session, format: new Format(language, currency), tenantName: name };
  } catch (problem) {
    showProblem(main, problem);
    return null;
  }
}

/** Mark the link of the console's part that this page belongs to. */
function showWhere() {
  const links = /** @type {HTMLAnchorElement[]} */ ([...document.querySelectorAll(".desk-nav a")]);
  const own = links.filter(({ pathname }) => `${location.pathname}/`.startsWith(`${pathname}/`)).pop();
  own?.setAttribute("aria-current", own.pathname === location.pathname ? "page" : "true");
  own?.scrollIntoView({ block: "nearest", inline: "nearest" });
}

/**
 * @param {Session} session
 * @param {string} tenantName
 */
function showWho(session, tenantName) {
  const place = document.getElementById("who");
  if (place === null) return;
  const leave = () => {
    signOut();
    location.assign("/");
  };
  fill(
    place,
    el("span", { class: "tenant" }, tenantName),
    el("span", { class: "user" }, session.user),
    session.demo && el("button", { class: "icon-button", type: "button", "aria-label": "Leave the demo", title: "Leave the demo", onclick: leave }, icon("leave")),
  );
}

/**
 * Say in the place of the page what went wrong and what to do.
 * @param {HTMLElement} main
 * @param {unknown} problem
 */
export function showProblem(main, problem) {
  main.removeAttribute("aria-busy");
  fill(
    main,
    el(
      "section",
      { class: "problem" },
      icon("helm"),
      el("h1", {}, "This page could not open"),
      el("p", {}, wordsOf(problem)),
      el("p", { class: "problem-ways" }, el("button", { class: "button", type: "button", onclick: () => location.reload() }, "Try again"), el("a", { class: "button quiet", href: "/" }, "To the start")),
    ),
  );
}
