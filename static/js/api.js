/** @typedef {{path: string, message: string}} Fault */

/** A REST call that did not succeed: the server's problem+json, or no answer at all (`code` "offline"). */
export class ApiProblem extends Error {
  /**
   * @param {string} code one of the error codes of docs/protocol.md, or "offline"
   * @param {string} message a sentence that says what to do
   * @param {number} status
   * @param {Fault[]} [faults] all that does not fit, each with where: `$.rewards[2].reward_label`
   * @param {string} [detail] what was said beside the faults
   */
  constructor(code, message, status, faults = [], detail = message) {
    super(message);
    this.name = "ApiProblem";
    this.code = code;
    this.status = status;
    this.faults = faults;
    this.detail = detail;
  }
}

/**
 * One call of the REST interface.
 * @param {string} path below the origin, `/api/v1/…`
 * @param {{method?: string, body?: object, token?: string | null, idempotencyKey?: string, rowVersion?: number}} [options]
 *   `idempotencyKey`: the same call under the same key happens once; `rowVersion`: the version that a change builds upon
 * @returns {Promise<any>} the decoded answer
 * @throws {ApiProblem}
 */
export async function call(path, { method = "GET", body, token, idempotencyKey, rowVersion } = {}) {
  /** @type {Record<string, string>} */
  const headers = { accept: "application/json" };
  if (token) headers.authorization = `Bearer ${token}`;
  if (idempotencyKey) headers["idempotency-key"] = idempotencyKey;
  if (rowVersion !== undefined) headers["if-match"] = `"${rowVersion}"`;
  if (body) headers["content-type"] = "application/json";
  let response;
  try {
    response = await fetch(path, { method, headers, body: body && JSON.stringify(body) });
  } catch {
    throw new ApiProblem("offline", "The server cannot be reached. Check the connection and try again.", 0);
  }
  const answer = await response.json().catch(() => null);
  if (response.ok) return answer;
  throw problemOf(answer, response.status);
}

/**
 * One call that is answered by lines as its work goes on.
 * @param {string} path
 * @param {{body: object, token: string, signal: AbortSignal}} options `signal`: ends it
 * @returns {AsyncGenerator<any>} each line decoded
 * @throws {ApiProblem}
 */
export async function* lines(path, { body, token, signal }) {
  const headers = { accept: "application/x-ndjson", "content-type": "application/json", authorization: `Bearer ${token}` };
  let response;
  try {
    response = await fetch(path, { method: "POST", headers, body: JSON.stringify(body), signal });
  } catch (problem) {
    if (signal.aborted) throw problem;
    throw new ApiProblem("offline", "The server cannot be reached. Check the connection and try again.", 0);
  }
  if (!response.ok || response.body === null) throw problemOf(await response.json().catch(() => null), response.status);
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  for (let read = await reader.read(); !read.done; read = await reader.read()) {
    const whole = (text + read.value).split("\n");
    text = whole.pop() ?? "";
    for (const line of whole) {
      const told = JSON.parse(line);
      if (told.error) throw problemOf(told.error, told.error.status);
      yield told;
    }
  }
}

/** @param {any} answer a problem+json, or null @param {number} status */
function problemOf(answer, status) {
  const detail = answer?.detail ?? answer?.title ?? `The server answered ${status}. Try again in a moment.`;
  return new ApiProblem(answer?.code ?? "internal", faultWords(answer?.faults) ?? detail, status, answer?.faults, detail);
}

/**
 * Every fault of a body, each with the field that it is in.
 * @param {Fault[] | undefined} faults
 */
function faultWords(faults) {
  return faults?.length ? faults.map(({ path, message }) => `${path.replace(/^\$\.?/, "") || "The body"}: ${message}`).join("; ") : null;
}

/** What to tell of something that went wrong. @param {unknown} problem */
export function wordsOf(problem) {
  return problem instanceof Error ? problem.message : String(problem);
}
