import { ApiProblem } from "./api.js";
import { callAs } from "./session.js";

/**
 * Something that must happen once, however often it is pressed: the same call is sent again under the same key until the
 * server has said what became of it.
 */
export class Attempt {
  #key = "";
  #sent = "";

  /**
   * @param {string} path
   * @param {object} body
   * @returns {Promise<any>} the answer
   * @throws {ApiProblem} refused: nothing was done; or unanswered (`offline`, or a fault of the server's): the same again is safe
   */
  async post(path, body) {
    const sent = `${path} ${JSON.stringify(body)}`;
    if (sent !== this.#sent) {
      this.#sent = sent;
      this.#key = crypto.randomUUID();
    }
    try {
      const answer = await callAs(path, { method: "POST", body, idempotencyKey: this.#key });
      this.#sent = "";
      return answer;
    } catch (problem) {
      const unanswered = problem instanceof ApiProblem && (problem.status === 0 || problem.status >= 500);
      if (!unanswered) this.#sent = "";
      else problem.message = `${problem.message} Pressed again as it stands, it will not happen twice.`;
      throw problem;
    }
  }
}
