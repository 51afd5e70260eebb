const KEY = "wheelhouse.pending-spin";

/** The request id of a spin that has not been answered; it outlives a reload, so that the same press never counts twice. */
export class PendingSpin {
  #key;

  /** @param {string} wheelId */
  constructor(wheelId) {
    this.#key = `${KEY}.${wheelId}`;
  }

  /** @returns {string} the id of the spin to ask for: the unanswered one, else a new one */
  begin() {
    const requestId = this.unanswered() ?? randomId();
    sessionStorage.setItem(this.#key, requestId);
    return requestId;
  }

  answered() {
    sessionStorage.removeItem(this.#key);
  }

  unanswered() {
    return sessionStorage.getItem(this.#key);
  }
}

/** 128 random bits in hex; `crypto.randomUUID` is missing where the page is not served securely. */
function randomId() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
