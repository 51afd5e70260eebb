import { wordsOf } from "./api.js";
import { showBanner, showToast } from "./components/banner.js";
import { showConnection } from "./components/connection-badge.js";
import { FairnessPanel } from "./components/fairness-panel.js";
import { fillOdds } from "./components/odds-sheet.js";
import { clearResult, showResult } from "./components/result-card.js";
import { ResultsList } from "./components/results-list.js";
import { isWorthCelebrating } from "./components/reward-words.js";
import { SideSpins } from "./components/side-spins.js";
import { showSpinButton } from "./components/spin-button.js";
import { segmentsOf } from "./components/wheel-segments.js";
import { CommandRefused } from "./client.js";
import { byId, fill } from "./dom.js";
import { Notices } from "./notices.js";
import { OwnSpins } from "./own-spins.js";
import { asResult, pastSpins } from "./past-spins.js";
import { PendingSpin } from "./pending-spin.js";
import { callAs, createClient } from "./session.js";

/** @typedef {import("./protocol.js").Wheel} Wheel */
/** @typedef {import("./protocol.js").Reward} Reward */
/** @typedef {import("./protocol.js").SpinResult} SpinResult */
/** @typedef {import("./protocol.js").Connected} Connected */
/** @typedef {import("./protocol.js").ChannelEvent} ChannelEvent */

const OVERDUE_EVERY_MS = 3_000;
/** A chance that ends later than this is not worth a warning. */
const ENDS_SOON_MS = 3 * 86_400_000;

/** One wheel being played: brings together the server's news, the player's press, and the parts of the page that show them. */
export class WheelRoom {
  #wheel;
  #format;
  #client = createClient();
  #now = () => this.#client.serverNow();
  #button = byId("spin", HTMLButtonElement);
  #result = byId("result", HTMLElement);
  #banners = byId("banners", HTMLElement);
  #canvas = byId("wheel", HTMLCanvasElement);
  #drawn;
  #words;
  #results;
  #side;
  #fairness;
  #own;
  #notices;
  #pending;
  /** @type {import("./components/spin-button.js").SpinFacts} */
  #facts = { connection: "connecting", phase: "idle", remaining: null, open: false, refusal: "" };

  /**
   * @param {Wheel & {rewards: Reward[]}} wheel
   * @param {import("./page-frame.js").OpenPage} page
   * @param {import("./engine-drawing.js").EngineDrawing} drawing of the wheel's engine
   */
  constructor(wheel, { session, format }, { draw, words, small }) {
    this.#wheel = wheel;
    this.#drawn = draw(this.#canvas, this.#now);
    this.#words = words;
    this.#format = format;
    this.#notices = new Notices(this.#banners, { session, format });
    this.#pending = new PendingSpin(wheel.id);
    this.#results = new ResultsList(byId("results", HTMLElement), format);
    this.#side = new SideSpins(byId("turning", HTMLElement), byId("winners", HTMLElement), { now: this.#now, format, small });
    this.#fairness = new FairnessPanel(
      byId("fairness", HTMLElement),
      (client_seed) => this.#post("fairness/rotate", { client_seed }),
      (hash) => {
        const spin = this.#results.newestOf(hash);
        return spin && `/verify?spin=${encodeURIComponent(spin.sessionId)}`;
      },
    );
    this.#own = new OwnSpins(wheel.id, {
      begin: () => this.#begin(),
      frame: (at, angle, velocity) => this.#drawn.frame(at, angle, velocity),
      result: (won, endedAt, late) => void this.#stop(won, endedAt, late),
    });
  }

  /** @param {(velocity: number) => void} onTick called when a peg passes the pointer */
  open(onTick) {
    this.#drawn.onTick = onTick;
    this.#showWheel(this.#wheel, this.#wheel.rewards);
    clearResult(this.#result, this.#words.before);
    showConnection(byId("connection", HTMLElement), this.#client, this.#format);
    this.#button.addEventListener("click", () => this.#press());
    this.#listen();
    void this.#client.connect().catch(() => undefined);
    void this.#arrive();
    const unanswered = this.#pending.unanswered();
    if (unanswered !== null) void this.#ask(unanswered);
    setInterval(() => void this.#fetchOverdue().catch(() => undefined), OVERDUE_EVERY_MS);
  }

  #listen() {
    this.#client.addEventListener("state", () => this.#followState());
    this.#client.addEventListener("connected", (event) => this.#resume(/** @type {CustomEvent<Connected>} */ (event).detail));
    this.#client.subscribe("user", {
      snapshot: ({ chances, results }) => {
        this.#showChances(chances);
        this.#own.resume(results.map((/** @type {SpinResult} */ won) => ({ wheel_id: won.wheel_id, status: "stopped", result: won })), this.#now());
      },
      event: (name, data, event) => this.#followUser(name, data, event),
    });
    this.#client.subscribe("tenant", {
      snapshot: ({ announcements }) => this.#notices.catchUp(announcements, this.#client.serverNow()),
      event: (name, data) => {
        if (name === "announcement") this.#notices.tell(data);
        else if (name.startsWith("game.")) void this.#reload();
      },
    });
    this.#client.subscribe(`wheel:${this.#wheel.id}`, {
      snapshot: ({ wheel, rewards, spins, winners }) => {
        const others = spins.filter((/** @type {{session_id: string}} */ spin) => !this.#own.isTurning(spin.session_id));
        this.#side.reset(this.#showWheel(wheel, rewards), others, winners);
      },
      event: (name, data, event) => this.#followOthers(name, data, event),
      end: (_code, message) => showBanner(this.#banners, message),
    });
  }

  /** What is not told over the socket: today's visit, the last spins, the seals. */
  async #arrive() {
    this.#post("visits").then(({ granted }) => {
      const spins = granted === 1 ? "One spin" : `${this.#format.integer(granted)} spins`;
      if (granted > 0) showToast(byId("notes", HTMLElement), `${spins} for today's visit. Welcome aboard.`);
    }, () => undefined);
    callAs(`/api/v1/wheels/${this.#wheel.id}/fairness`).then((view) => this.#fairness.set(view), () => undefined);
    const past = await pastSpins(this.#wheel.id).catch(() => []);
    this.#results.set(past);
    if (!this.#own.turning && this.#canvas.dataset.state === "idle") this.#drawn.rest(past[0]?.play.angle_deg ?? 0, "idle");
  }

  #followState() {
    const { name, reason } = this.#client.state;
    this.#update({ connection: name });
    if (name === "ended") showBanner(this.#banners, reason ?? "You are signed off.", { action: { label: "Load again", act: () => location.reload() } });
  }

  /** @param {Connected} welcome */
  #resume(welcome) {
    this.#own.resume(welcome.spins, this.#now());
    const shown = welcome.fairness.find((epoch) => epoch.wheel_id === this.#wheel.id);
    if (shown) this.#fairness.set({ current: shown, next: { server_seed_hash: shown.next_server_seed_hash } });
  }

  /** @param {string} name @param {any} data @param {ChannelEvent} event */
  #followUser(name, data, event) {
    if (name === "spin.started") {
      this.#own.started(data);
      this.#side.leaveOut(data.session_id);
    } else if (name === "spin.frame") this.#own.frame(data);
    else if (name === "spin.result") this.#own.result(data, Date.parse(event.at));
    else if (name === "chance.changed") this.#showChances(data);
  }

  /** @param {string} name @param {any} data @param {ChannelEvent} event */
  #followOthers(name, data, event) {
    if (name === "announcement") this.#notices.tell(data);
    else if (name === "spin.started" && !this.#own.isTurning(data.session_id)) this.#side.started(data);
    else if (name === "spin.result") this.#side.stopped(data, event.at);
    else if (name === "spin.frame") {
      for (const [sessionId, angle, velocity] of data.spins) this.#side.frame(data.at_ms, sessionId, angle, velocity);
    }
  }

  /** One press is one spin: its request's id is kept until the server has answered, whatever happens in between. */
  #press() {
    if (this.#button.getAttribute("aria-disabled") !== "true") void this.#ask(this.#pending.begin());
  }

  /** @param {string} requestId */
  async #ask(requestId) {
    this.#update({ phase: "asking", refusal: "" });
    try {
      const accepted = await this.#client.spin(this.#wheel.id, requestId);
      this.#pending.answered();
      this.#fairness.drawn(accepted);
      this.#own.started({ wheel_id: this.#wheel.id, ...accepted });
      if (!this.#own.turning) this.#update({ phase: "idle" });
    } catch (problem) {
      if (problem instanceof CommandRefused) this.#pending.answered();
      const refusal = wordsOf(problem);
      this.#update({ phase: this.#own.turning ? "turning" : "idle", refusal });
    }
  }

  #begin() {
    clearResult(this.#result, this.#words.underWay);
    this.#drawn.begin();
    this.#update({ phase: "turning", refusal: "" });
  }

  /**
   * @param {SpinResult} won
   * @param {number} endedAt
   * @param {boolean} late
   */
  async #stop(won, endedAt, late) {
    if (late) this.#drawn.rest(won.angle_deg, "stopped", won);
    else await this.#drawn.settle(endedAt, won.angle_deg, won);
    const claim = () => callAs(`/api/v1/results/${won.session_id}/claim`, { method: "POST" });
    showResult(this.#result, won, { format: this.#format, late, claim });
    const { price } = this.#wheel.spin_config;
    if (!late && isWorthCelebrating(won.reward.type, won.reward.detail, typeof price === "string" ? price : null)) this.#drawn.celebrate();
    this.#results.add({
      sessionId: won.session_id, label: won.reward.label, type: won.reward.type,
      at: new Date(endedAt).toISOString(), serverSeedHash: won.proof.server_seed_hash,
    });
    this.#update({ phase: this.#own.turning ? "turning" : "idle" });
  }

  /** A result that was lost on its way is asked for; the wheel never waits for ever. */
  async #fetchOverdue() {
    const sessionId = this.#client.state.name === "live" ? this.#own.overdue(this.#now()) : null;
    if (sessionId === null) return;
    const spin = (await pastSpins(this.#wheel.id)).find((past) => past.sessionId === sessionId);
    if (spin) this.#own.result(asResult(spin.play, this.#client.welcome?.user ?? ""), this.#now());
  }

  async #reload() {
    const fresh = await callAs(`/api/v1/wheels/${this.#wheel.id}`).catch(() => null);
    if (fresh?.rewards) this.#showWheel(fresh, fresh.rewards);
  }

  /** @param {Wheel} wheel @param {Reward[]} unordered @returns {import("./components/wheel-segments.js").Segment[]} */
  #showWheel(wheel, unordered) {
    const rewards = [...unordered].sort((a, b) => a.start_deg - b.start_deg);
    const segments = segmentsOf(rewards);
    this.#wheel = { ...wheel, rewards };
    this.#drawn.setSegments(segments, wheel.engine_config);
    fillOdds(byId("odds-facts", HTMLElement), { wheel, rewards, segments, format: this.#format });
    byId("wheel-name", HTMLElement).textContent = wheel.wheel_name;
    byId("wheel-description", HTMLElement).textContent = wheel.wheel_description ?? "";
    this.#canvas.setAttribute("aria-label", `${wheel.wheel_name}: ${this.#words.kind.replace("#", String(rewards.length))}`);
    this.#update({ open: wheel.wheel_status === "active" && wheel.engine_status === "active" });
    return segments;
  }

  /** @param {import("./protocol.js").Chances} chances */
  #showChances({ remaining, items }) {
    const usable = items.filter((item) => item.wheels === null || item.wheels.includes(this.#wheel.id));
    const count = items.length === 0 ? remaining : usable.reduce((sum, item) => sum + item.remaining_chances, 0);
    const ends = usable.flatMap((item) => (item.expires_at === null ? [] : [Date.parse(item.expires_at) - this.#now()]));
    const soonest = Math.min(...ends);
    const place = byId("chances", HTMLElement);
    place.dataset.remaining = String(count);
    fill(place, this.#format.integer(count));
    byId("chances-word", HTMLElement).textContent = count === 1 ? "spin left" : "spins left";
    byId("chances-end", HTMLElement).textContent = soonest < ENDS_SOON_MS ? `the next ends in ${this.#format.span(soonest)}` : "";
    this.#update({ remaining: count });
  }

  /** @param {Partial<import("./components/spin-button.js").SpinFacts>} changed */
  #update(changed) {
    Object.assign(this.#facts, changed);
    showSpinButton(this.#button, byId("spin-reason", HTMLElement), this.#facts, this.#words);
    this.#fairness.turning(this.#facts.phase !== "idle");
  }

  /** @param {string} what @param {object} [body] */
  #post(what, body) {
    return callAs(`/api/v1/wheels/${this.#wheel.id}/${what}`, { method: "POST", body });
  }
}
