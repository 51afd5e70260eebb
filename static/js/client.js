/**
 * The browser client of the wire protocol (docs/client.md, docs/protocol.md). It needs nothing of the pages here:
 *
 *     import { WheelhouseClient } from "https://play.example/static/js/client.js";
 *
 *     const client = new WheelhouseClient({ url: "wss://play.example/ws", token: async () => fetchToken() });
 *     client.subscribe("user", { event: (name, data) => console.log(name, data) });
 *     await client.connect();
 *     await client.spin(wheelId, crypto.randomUUID());
 */

import { Backoff } from "./client/backoff.js";
import { CommandRefused, ConnectionEnded, ConnectionLost, mayComeBack } from "./client/errors.js";
import { PendingCommands } from "./client/pending-commands.js";
import { ServerClock } from "./client/server-clock.js";
import { Subscription } from "./client/subscription.js";
import { TokenKeeper } from "./client/token-keeper.js";

export { CommandRefused, ConnectionEnded, ConnectionLost };

/** @typedef {import("./protocol.js").Connected} Connected */
/** @typedef {import("./client/subscription.js").ChannelHandlers} ChannelHandlers */
/** @typedef {import("./client/token-keeper.js").TokenSource} TokenSource */

/**
 * The connection as a page shows it. `since` and `retryAt` are `Date.now()` milliseconds.
 * - `connecting`: the first attempt is under way
 * - `live`: connected, every channel up to date
 * - `catching-up`: connected, some channel is still being recovered
 * - `offline`: gone since `since`; tried again at `retryAt`
 * - `ended`: it will not come back by itself; `reason` says why
 * @typedef {{name: "connecting" | "live" | "catching-up" | "offline" | "ended", since: number, retryAt?: number, reason?: string}} ConnectionState
 */

/**
 * @typedef {object} ClientOptions
 * @property {string} url of the WebSocket, `wss://…/ws`
 * @property {string | TokenSource} token a token, or a function that gets one; the function is asked again before the token expires
 * @property {{name: string, version: string}} [client] how this client names itself; only logged by the server
 */

/** How long an attempt, a command and a ping may take. */
const ATTEMPT_MS = 10_000;
const COMMAND_MS = 15_000;
const PING_MS = 8_000;
/** A connection that has lived so long has proved good: the next wait begins from the shortest. */
const PROVED_MS = 10_000;
/** The ping interval is the server's, within these bounds. */
const PING_EVERY_MS = { least: 1_000, most: 60_000, unsaid: 25_000 };
/** A channel that was asked for again so lately is not asked for at once. */
const ASK_EVERY_MS = 1_000;
/** At the least so long a channel is left alone after the server has refused it, or ended it, for now. */
const REFUSED_MS = 500;
const UNSUBSCRIBED_MS = 250;
/** The longest that a server's wish to be left alone is heeded. */
const LONGEST_ADVICE_MS = 5 * 60_000;
/** Refusals of a channel that pass. */
const PASSING = ["rate_limited", "unavailable", "internal"];
/** Extra pings soon after connecting give the clock a good first estimate. */
const EARLY_PINGS_MS = [150, 600, 1_500];

/**
 * One connection to Wheelhouse that keeps itself alive.
 *
 * Events: `state` (detail: ConnectionState), `connected` (detail: Connected, at every connection), `latency` (detail: ms).
 */
export class WheelhouseClient extends EventTarget {
  #options;
  #tokens;
  #clock = new ServerClock();
  #backoff = new Backoff();
  /** @type {ConnectionState} */
  #state = { name: "connecting", since: Date.now() };
  /** @type {WebSocket | null} */
  #socket = null;
  /** The answer to `connect` on the present socket. @type {Connected | null} */
  #welcome = null;
  #pending = new PendingCommands();
  /** @type {Map<string, Subscription>} */
  #subscriptions = new Map();
  /** Timers of the present connection or the present wait. @type {Set<number>} */
  #timers = new Set();
  /** @type {number | undefined} */
  #advisedMs;
  #triedFreshToken = false;
  #refreshing = false;
  /** @type {{resolve: (welcome: Connected) => void, reject: (error: Error) => void}[]} */
  #arrivals = [];
  #started = false;

  /** @param {ClientOptions} options */
  constructor(options) {
    super();
    this.#options = options;
    this.#tokens = new TokenKeeper(options.token);
  }

  /** The connection as a page shows it. */
  get state() {
    return this.#state;
  }

  /** The newest answer to `connect`, or null before the first. */
  get welcome() {
    return this.#welcome;
  }

  /** The shortest recent round trip in milliseconds, or null before the first. */
  get latencyMs() {
    return this.#clock.latencyMs;
  }

  /** The server's time now in unix milliseconds; never jumps, never runs backwards. */
  serverNow() {
    return this.#clock.now();
  }

  /**
   * Connect, and stay connected until `close()`.
   * @returns {Promise<Connected>} the first answer to `connect`
   * @throws {ConnectionEnded} when the server refuses for good
   */
  connect() {
    if (this.#state.name === "ended") return Promise.reject(new ConnectionEnded(1000, "closed"));
    if (this.#welcome !== null) return Promise.resolve(this.#welcome);
    if (!this.#started) {
      this.#started = true;
      addEventListener("online", this.#comeBackNow);
      document.addEventListener("visibilitychange", this.#comeBackNow);
      void this.#open();
    }
    return this.#arrival();
  }

  /** Close for good. Commands under way are rejected. */
  close() {
    this.#end(new ConnectionEnded(1000, "closed"));
  }

  /**
   * Send one command. It is not sent again when the connection is lost.
   * @param {string} type
   * @param {object} [fields]
   * @returns {Promise<any>} the answer's `result`
   * @throws {CommandRefused} the server said no
   * @throws {ConnectionLost} no answer came: the command may or may not have been carried out
   */
  command(type, fields = {}) {
    if (this.#socket === null || this.#welcome === null) return Promise.reject(new ConnectionLost("Not connected."));
    return this.#send(type, fields, COMMAND_MS);
  }

  /**
   * Play a wheel once. The same `requestId` never spends a second chance, so it is sent again over new connections until
   * the server has answered.
   * @param {string} wheelId
   * @param {string} requestId the player's own key for this play, 1–64 characters
   * @returns {Promise<import("./protocol.js").SpinAccepted>}
   * @throws {CommandRefused} nothing was spent
   * @throws {ConnectionEnded} the connection will not come back; the same `requestId` may be sent on another one
   */
  async spin(wheelId, requestId) {
    for (;;) {
      try {
        await this.#arrival();
        return await this.command("spin", { wheel_id: wheelId, request_id: requestId });
      } catch (error) {
        if (!(error instanceof ConnectionLost)) throw error;
      }
    }
  }

  /**
   * Listen to a channel, now and after every reconnection, without a hole. May be called before `connect()`.
   * @param {string} channel
   * @param {ChannelHandlers} handlers
   * @returns {() => void} stops listening
   */
  subscribe(channel, handlers) {
    if (this.#subscriptions.has(channel)) throw new Error(`Already subscribed to ${channel}.`);
    const subscription = new Subscription(channel, handlers);
    this.#subscriptions.set(channel, subscription);
    if (this.#welcome !== null) void this.#catchUp(subscription);
    return () => {
      if (this.#subscriptions.get(channel) !== subscription) return;
      this.#subscriptions.delete(channel);
      if (this.#welcome !== null) this.command("unsubscribe", { channel }).catch(() => undefined);
      this.#showProgress();
    };
  }

  /** Whether `subscribe` holds for a channel now, up to date or not. @param {string} channel */
  listensTo(channel) {
    return this.#subscriptions.has(channel);
  }

  /** @returns {Promise<Connected>} */
  #arrival() {
    if (this.#welcome !== null) return Promise.resolve(this.#welcome);
    if (this.#state.name === "ended") return Promise.reject(new ConnectionEnded(1000, this.#state.reason ?? "closed"));
    return new Promise((resolve, reject) => this.#arrivals.push({ resolve, reject }));
  }

  async #open() {
    this.#clearTimers();
    let token;
    try {
      token = await this.#tokens.get();
    } catch {
      return this.#lost();
    }
    if (this.#state.name === "ended" || this.#socket !== null) return;
    const socket = new WebSocket(this.#options.url, ["wheelhouse.v1.json"]);
    this.#socket = socket;
    this.#after(ATTEMPT_MS, () => this.#welcome === null && this.#lost());
    socket.onopen = () => socket === this.#socket && void this.#introduce(token);
    socket.onmessage = (message) => socket === this.#socket && this.#read(message.data);
    socket.onclose = (event) => socket === this.#socket && this.#closed(event.code, event.reason);
  }

  /** @param {string} token */
  async #introduce(token) {
    const sentAt = performance.now();
    /** @type {Connected} */
    let welcome;
    try {
      welcome = await this.#send("connect", { token, client: this.#options.client }, ATTEMPT_MS);
    } catch {
      return; // the close that follows a refused `connect` says what to do
    }
    if (!isWelcome(welcome)) return this.#lost();
    this.#clock.sample(sentAt, performance.now(), Date.parse(welcome.server_time));
    this.#welcome = welcome;
    this.#advisedMs = undefined;
    this.#triedFreshToken = false;
    this.#tokens.expiresAt = Date.parse(welcome.expires_at);
    this.#scheduleRefresh();
    EARLY_PINGS_MS.forEach((wait) => this.#after(wait, () => this.#ping()));
    this.#keepPinging(within(PING_EVERY_MS, welcome.ping_interval_ms));
    this.#after(PROVED_MS, () => this.#backoff.reset());
    this.#arrivals.splice(0).forEach(({ resolve }) => resolve(welcome));
    this.dispatchEvent(new CustomEvent("connected", { detail: welcome }));
    for (const subscription of this.#subscriptions.values()) void this.#catchUp(subscription);
    this.#showProgress();
  }

  /** @param {Subscription} subscription */
  async #catchUp(subscription) {
    if (!this.#holds(subscription) || this.#welcome === null || !subscription.beginCatchingUp()) return;
    this.#showProgress();
    try {
      const answer = await this.command("subscribe", subscription.request());
      if (this.#holds(subscription) && subscription.accept(answer) === "gap") this.#askAgain(subscription);
    } catch (error) {
      subscription.interrupted();
      if (error instanceof CommandRefused && this.#holds(subscription)) this.#refused(subscription, error, Math.max(REFUSED_MS, error.retryAfterMs));
    }
    this.#showProgress();
  }

  /** @param {Subscription} subscription */
  #holds(subscription) {
    return this.#subscriptions.get(subscription.channel) === subscription;
  }

  /**
   * Something is missing: at once, but not again and again at once.
   * @param {Subscription} subscription
   * @param {number} [leastMs]
   */
  #askAgain(subscription, leastMs = 0) {
    subscription.interrupted();
    subscription.repeats = performance.now() - subscription.askedAt < ASK_EVERY_MS ? subscription.repeats + 1 : 0;
    const wait = Math.max(leastMs, subscription.repeats > 1 ? ASK_EVERY_MS : 0);
    if (wait === 0) void this.#catchUp(subscription);
    else this.#after(wait * (1 + Math.random()), () => void this.#catchUp(subscription));
    this.#showProgress();
  }

  /**
   * The server will not send this channel: for now, or for good.
   * @param {Subscription} subscription
   * @param {{code: string, message: string}} refusal
   * @param {number} leastMs
   */
  #refused(subscription, { code, message }, leastMs) {
    if (PASSING.includes(code)) return this.#askAgain(subscription, leastMs);
    this.#subscriptions.delete(subscription.channel);
    subscription.end(code, message);
  }

  /** A frame that is no message of the protocol says nothing of what it should have said: begin anew. @param {unknown} frame */
  #read(frame) {
    let message;
    try {
      message = JSON.parse(/** @type {string} */ (frame));
    } catch {
      message = null;
    }
    if (message === null || typeof message !== "object" || typeof message.type !== "string") this.#lost();
    else this.#receive(message);
  }

  /** @param {import("./protocol.js").ServerMessage} message */
  #receive(message) {
    if (message.type === "reply" || message.type === "error") this.#pending.settle(message);
    else if (message.type === "event") {
      const subscription = this.#subscriptions.get(message.channel);
      if (subscription?.receive(message) === "gap") this.#askAgain(subscription);
    } else if (message.type === "unsubscribed") {
      const subscription = this.#subscriptions.get(message.channel);
      subscription?.forget();
      if (subscription) this.#refused(subscription, message, UNSUBSCRIBED_MS);
      this.#showProgress();
    } else if (message.type === "closing") {
      if (message.code === "expiring") void this.#refresh();
      else this.#advisedMs = advice(message.reconnect_in_ms);
    }
  }

  /**
   * @param {string} type
   * @param {object} fields
   * @param {number} patienceMs
   * @returns {Promise<any>}
   */
  #send(type, fields, patienceMs) {
    const socket = /** @type {WebSocket} */ (this.#socket);
    const { id, answer } = this.#pending.add(patienceMs, () => this.#lost());
    // A socket that is closing takes nothing more: its close, which is on the way, rejects the answer.
    if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify({ type, id, ...fields }));
    return answer;
  }

  async #ping() {
    const sentAt = performance.now();
    try {
      const pong = await this.#send("ping", {}, PING_MS);
      this.#clock.sample(sentAt, performance.now(), Date.parse(pong.server_time));
      this.dispatchEvent(new CustomEvent("latency", { detail: this.latencyMs }));
    } catch {
      // a lost ping has already ended this connection
    }
  }

  /** @param {number} intervalMs */
  #keepPinging(intervalMs) {
    this.#after(intervalMs * 0.9, () => {
      void this.#ping();
      this.#keepPinging(intervalMs);
    });
  }

  #scheduleRefresh() {
    const until = this.#tokens.expiresAt;
    const wait = this.#tokens.refreshInMs(this.#clock.now());
    if (wait !== null) this.#after(wait, () => until === this.#tokens.expiresAt && void this.#refresh());
  }

  async #refresh() {
    if (!this.#tokens.renewable || this.#refreshing) return;
    const socket = this.#socket;
    this.#refreshing = true;
    try {
      const token = await this.#tokens.fresh();
      if (socket !== this.#socket || this.#welcome === null) return;
      const { expires_at } = await this.command("refresh", { token });
      this.#tokens.expiresAt = Date.parse(expires_at);
      this.#scheduleRefresh();
    } catch {
      if (socket === this.#socket && this.#welcome !== null) this.#after(5_000, () => void this.#refresh());
    } finally {
      this.#refreshing = false;
    }
  }

  /**
   * @param {number} code
   * @param {string} word
   */
  #closed(code, word) {
    if (code === 4401 && this.#tokens.renewable && !this.#triedFreshToken) {
      this.#triedFreshToken = true;
      this.#tokens.forget();
      this.#lost();
    } else if (mayComeBack(code)) this.#lost();
    else this.#end(new ConnectionEnded(code, word));
  }

  /** The connection is gone or cannot be made: wait, then try again. */
  #lost() {
    if (this.#state.name === "ended") return;
    this.#drop(new ConnectionLost());
    const wait = this.#backoff.next(this.#advisedMs);
    this.#advisedMs = undefined;
    const since = this.#state.name === "offline" ? this.#state.since : Date.now();
    this.#show({ name: "offline", since, retryAt: Date.now() + wait });
    this.#after(wait, () => void this.#open());
  }

  /** @param {ConnectionEnded} reason */
  #end(reason) {
    if (this.#state.name === "ended") return;
    this.#drop(reason);
    removeEventListener("online", this.#comeBackNow);
    document.removeEventListener("visibilitychange", this.#comeBackNow);
    this.#show({ name: "ended", since: Date.now(), reason: reason.message });
    this.#arrivals.splice(0).forEach(({ reject }) => reject(reason));
  }

  /** @param {Error} reason */
  #drop(reason) {
    this.#clearTimers();
    const socket = this.#socket;
    this.#socket = null;
    this.#welcome = null;
    socket?.close();
    this.#pending.rejectAll(reason);
    for (const subscription of this.#subscriptions.values()) subscription.interrupted();
  }

  /** The network or the page came back: do not sit out a long wait; a socket that looks open is tested. */
  #comeBackNow = () => {
    if (document.visibilityState === "hidden") return;
    if (this.#socket === null && this.#state.name === "offline") void this.#open();
    else if (this.#welcome !== null) void this.#ping();
  };

  #showProgress() {
    if (this.#welcome === null) return;
    const behind = [...this.#subscriptions.values()].some((subscription) => !subscription.upToDate);
    const name = behind ? "catching-up" : "live";
    if (this.#state.name !== name) this.#show({ name, since: Date.now() });
  }

  /** @param {ConnectionState} state */
  #show(state) {
    this.#state = state;
    this.dispatchEvent(new CustomEvent("state", { detail: state }));
  }

  /**
   * @param {number} ms
   * @param {() => void} act
   */
  #after(ms, act) {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      act();
    }, ms);
    this.#timers.add(timer);
  }

  #clearTimers() {
    this.#timers.forEach((timer) => clearTimeout(timer));
    this.#timers.clear();
  }
}

/** @param {any} answer to `connect` */
function isWelcome(answer) {
  return typeof answer === "object" && answer !== null && Number.isFinite(Date.parse(answer.server_time));
}

/**
 * @param {{least: number, most: number, unsaid: number}} bounds
 * @param {unknown} ms
 */
function within({ least, most, unsaid }, ms) {
  return Number.isFinite(ms) ? Math.min(most, Math.max(least, Number(ms))) : unsaid;
}

/** @param {unknown} ms when the server wishes to see the client again @returns {number | undefined} */
function advice(ms) {
  return Number.isFinite(ms) ? Math.min(LONGEST_ADVICE_MS, Math.max(0, Number(ms))) : undefined;
}
