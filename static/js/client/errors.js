/** The server's answer to a command that it refused; `code` is one of the error codes of docs/protocol.md. */
export class CommandRefused extends Error {
  /** @param {import("../protocol.js").ErrorBody} body */
  constructor(body) {
    super(body.message);
    this.name = "CommandRefused";
    this.code = body.code;
    this.retryAfterMs = body.retry_after_ms ?? 0;
  }
}

/** The connection went away (or was not there) before the answer came: whether the command was carried out is unknown. */
export class ConnectionLost extends Error {
  /** @param {string} [message] */
  constructor(message = "The connection was lost before the answer came.") {
    super(message);
    this.name = "ConnectionLost";
  }
}

/** The server closed with a code of 4400–4499, or this page closed the client: it does not come back by itself. */
export class ConnectionEnded extends Error {
  /**
   * @param {number} closeCode
   * @param {string} word
   */
  constructor(closeCode, word) {
    super(CLOSE_MESSAGES[closeCode] ?? `The server ended the connection (${word || closeCode}).`);
    this.name = "ConnectionEnded";
    this.closeCode = closeCode;
    this.word = word;
  }
}

/** @type {Record<number, string>} */
const CLOSE_MESSAGES = {
  1000: "This page has closed its connection.",
  4400: "This page is out of date. Load it again.",
  4401: "Your sign-in has ended. Sign in again.",
  4403: "This account may not connect from here.",
  4409: "You are playing in another window. Load this page again to play here.",
  4413: "This page sent too much at once. Load it again.",
};

/**
 * Whether a client may come back by itself after this close code: never after 4400–4499.
 * @param {number} closeCode
 */
export function mayComeBack(closeCode) {
  return closeCode < 4400 || closeCode > 4499;
}
