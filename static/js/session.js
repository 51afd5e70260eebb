import { ApiProblem, call, lines } from "./api.js";
import { WheelhouseClient } from "./client.js";

/** @typedef {import("./protocol.js").Site} Site */
/** @typedef {"player" | "operator" | "screen"} DemoRole */

/**
 * Who is signed in on this tab. A demo session can renew itself, as what it signed in as; a platform's token (handed over as
 * `#token=…`) cannot.
 * @typedef {{token: string, expires_at: string | null, tenant: string, user: string, signedInAs: DemoRole, demo: boolean}} Session
 */

const KEY = "wheelhouse.session";
/** How long before its end a stored token is no longer used for a new page. */
const NEARLY_OVER_MS = 30_000;

/** @type {Promise<Site> | null} */
let site = null;

/** What this server is: whether it is a demo, and its tenants then. Asked once a page. */
export function getSite() {
  site ??= call("/api/v1/site").catch((problem) => {
    site = null;
    throw problem;
  });
  return site;
}

/** @returns {Session | null} */
export function storedSession() {
  const text = sessionStorage.getItem(KEY);
  return text === null ? null : JSON.parse(text);
}

/** @param {Session} session */
function store(session) {
  sessionStorage.setItem(KEY, JSON.stringify(session));
  return session;
}

export function signOut() {
  sessionStorage.removeItem(KEY);
}

/**
 * Sign in to the demo.
 * @param {DemoRole} role
 * @param {{tenant?: string, user?: string, name?: string}} [who] `user` to be the same person again
 */
export async function demoSignIn(role, { tenant = "demo", user, name } = {}) {
  const answer = await call("/api/v1/demo/sign-in", { method: "POST", body: { tenant, role, user, name } });
  const { token, expires_at } = answer;
  return store({ token, expires_at, tenant: answer.tenant, user: answer.user, signedInAs: role, demo: true });
}

/**
 * The session of this tab: a token handed over in the address, else the stored one, else a new demo player where this is a demo.
 * @param {DemoRole} [role]
 * @returns {Promise<Session>}
 * @throws {ApiProblem} `unauthorized` when there is no way to sign in from here
 */
export async function ensureSession(role = "player") {
  const handed = takeHandedToken();
  if (handed) return store(handed);
  const stored = storedSession();
  if (stored && (stored.signedInAs === role || !stored.demo)) {
    if (!isNearlyOver(stored)) return stored;
    if (stored.demo) return demoSignIn(role, { tenant: stored.tenant, user: stored.user });
  }
  if ((await getSite()).demo) return demoSignIn(role, { tenant: stored?.tenant });
  throw new ApiProblem("unauthorized", "You are not signed in. Open this page from your account.", 401);
}

/** @param {Session} session */
function isNearlyOver(session) {
  return session.expires_at !== null && Date.parse(session.expires_at) - Date.now() < NEARLY_OVER_MS;
}

/** A platform opens a page as `/play#token=…`; the fragment reaches no server, and is taken out of the address at once. */
function takeHandedToken() {
  const token = new URLSearchParams(location.hash.slice(1)).get("token");
  if (!token) return null;
  history.replaceState(null, "", location.pathname + location.search);
  const claims = JSON.parse(atob(token.split(".")[1].replace(/-/g, "+").replace(/_/g, "/")));
  const expires_at = claims.exp ? new Date(claims.exp * 1000).toISOString() : null;
  return /** @type {Session} */ ({ token, expires_at, tenant: claims.tenant, user: claims.sub, signedInAs: "player", demo: false });
}

/**
 * The token of a session, renewed where it can be.
 * @param {boolean} fresh
 * @returns {Promise<string>}
 */
async function currentToken(fresh) {
  const session = storedSession();
  if (session === null) throw new ApiProblem("unauthorized", "Your sign-in has ended. Sign in again.", 401);
  if (!session.demo || !(fresh || isNearlyOver(session))) return session.token;
  return (await demoSignIn(session.signedInAs, { tenant: session.tenant, user: session.user })).token;
}

/**
 * A REST call as the signed-in user; a token that has just ended is renewed once.
 * @param {string} path
 * @param {{method?: string, body?: object, idempotencyKey?: string, rowVersion?: number}} [options]
 */
export async function callAs(path, options = {}) {
  try {
    return await call(path, { ...options, token: await currentToken(false) });
  } catch (problem) {
    const ended = problem instanceof ApiProblem && problem.code === "unauthorized" && storedSession()?.demo;
    if (!ended) throw problem;
    return call(path, { ...options, token: await currentToken(true) });
  }
}

/**
 * A call as the signed-in user that is answered by lines as its work goes on.
 * @param {string} path
 * @param {object} body
 * @param {AbortSignal} signal
 */
export async function* linesAs(path, body, signal) {
  yield* lines(path, { body, token: await currentToken(false), signal });
}

/** A client of this server as the signed-in user. */
export function createClient() {
  const url = `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/ws`;
  return new WheelhouseClient({ url, token: currentToken, client: { name: "wheelhouse-pages", version: "1" } });
}

/**
 * The tenant's language, currency and name, where the server tells them; else the browser's language.
 * @param {Session | null} session
 * @returns {Promise<{name: string, language: string, currency: string | null}>}
 */
export async function tenantLocale(session) {
  const found = (await getSite().catch(() => null))?.tenants?.find((tenant) => tenant.tenant_code === session?.tenant);
  return {
    name: found?.tenant_name ?? session?.tenant ?? "Wheelhouse",
    language: found?.language_code ?? navigator.language,
    currency: found?.currency ?? null,
  };
}
