import { ApiProblem } from "../api.js";
import { showBanner, showToast } from "../components/banner.js";
import { showConnection } from "../components/connection-badge.js";
import { FairnessPanel } from "../components/fairness-panel.js";
import { fillOdds } from "../components/odds-sheet.js";
import { clearResult, showResult } from "../components/result-card.js";
import { ResultsList } from "../components/results-list.js";
import { isWorthCelebrating } from "../components/reward-words.js";
import { SideSpins } from "../components/side-spins.js";
import { showSpinButton } from "../components/spin-button.js";
import { WheelCanvas } from "../components/wheel-canvas.js";
import { segmentsOf } from "../components/wheel-segments.js";
import { byId, fill, icon } from "../dom.js";
import { TickSound } from "../motion/tick-sound.js";
import { OwnSpins } from "../own-spins.js";
import { openPage, showProblem } from "../page-frame.js";
import { asResult, pastSpins } from "../past-spins.js";
import { PendingSpin } from "../pending-spin.js";
import { callAs, createClient } from "../session.js";

/** @typedef {import("../protocol.js").Wheel} Wheel */
/** @typedef {import("../protocol.js").Reward} Reward */
/** @typedef {import("../protocol.js").Chances} Chances */
/** @typedef {import("../protocol.js").SpinResult} SpinResult */
/** @typedef {import("../components/spin-button.js").SpinFacts} SpinFacts */

const main = byId("main", HTMLElement);
const slug = decodeURIComponent(location.pathname.split("/").filter(Boolean).pop() ?? "");

await open();

async function open() {
  const page = await openPage(main);
  if (page === null) return;
  try {
    const { items } = await callAs(`/api/v1/wheels?wheel_slug=${encodeURIComponent(slug)}`);
    if (items.length === 0) throw new ApiProblem("not_found", "There is no wheel of this name here.", 404);
    const wheel = items[0].rewards ? items[0] : await callAs(`/api/v1/wheels/${items[0].id}`);
    play(wheel, page.format, page.tenantName);
  } catch (problem) {
    showProblem(main, problem);
  }
}

/**
 * @param {Wheel & {rewards: Reward[]}} opened
 * @param {import("../format.js").Format} format
 * @param {string} tenantName
 */
function play(opened, format, tenantName) {
  let wheel = opened;
  let rewards = opened.rewards;
  const client = createClient();
  const now = () => client.serverNow();
  const canvas = byId("wheel", HTMLCanvasElement);
  const result = byId("result", HTMLElement);
  const notes = byId("notes", HTMLElement);
  const button = byId("spin", HTMLButtonElement);
  const drawn = new WheelCanvas(canvas, now);
  const sound = new TickSound();
  const results = new ResultsList(byId("results", HTMLElement), format);
  const side = new SideSpins(byId("turning", HTMLElement), byId("winners", HTMLElement), { now, format });
  const pending = new PendingSpin(wheel.id);
  /** @type {SpinFacts} */
  const facts = { connection: "connecting", phase: "idle", remaining: null, open: false, refusal: "" };

  const fairness = new FairnessPanel(
    byId("fairness", HTMLElement),
    (client_seed) => callAs(`/api/v1/wheels/${wheel.id}/fairness/rotate`, { method: "POST", body: { client_seed } }),
    (hash) => {
      const spin = results.newestOf(hash);
      return spin && `/verify?spin=${encodeURIComponent(spin.sessionId)}`;
    },
  );

  /** @param {Partial<SpinFacts>} [changed] */
  function update(changed) {
    Object.assign(facts, changed);
    showSpinButton(button, byId("spin-reason", HTMLElement), facts);
    fairness.turning(facts.phase !== "idle");
  }

  const own = new OwnSpins(wheel.id, {
    begin() {
      clearResult(result, "The wheel is turning…");
      drawn.begin();
      update({ phase: "turning", refusal: "" });
    },
    frame: (at, angle, velocity) => drawn.frame(at, angle, velocity),
    result(won, endedAt, late) {
      if (late) {
        drawn.rest(won.angle_deg);
        tell(won, true);
      } else void drawn.settle(endedAt, won.angle_deg).then(() => tell(won, false));
    },
  });

  /**
   * @param {SpinResult} won
   * @param {boolean} late
   */
  function tell(won, late) {
    const claim = () => callAs(`/api/v1/results/${won.session_id}/claim`, { method: "POST" });
    showResult(result, won, { format, late, claim });
    const price = typeof wheel.spin_config.price === "string" ? wheel.spin_config.price : null;
    if (!late && isWorthCelebrating(won.reward.type, won.reward.detail, price)) drawn.celebrate();
    results.add({
      sessionId: won.session_id, label: won.reward.label, type: won.reward.type,
      at: new Date(now()).toISOString(), serverSeedHash: won.proof.server_seed_hash,
    });
    update({ phase: own.turning ? "turning" : "idle" });
  }

  /** @param {Chances} chances */
  function showChances({ remaining, items }) {
    const usable = items.filter((item) => item.wheels === null || item.wheels.includes(wheel.id));
    const count = items.length === 0 ? remaining : usable.reduce((sum, item) => sum + item.remaining_chances, 0);
    const ending = usable.filter((item) => item.expires_at !== null).sort((a, b) => Date.parse(a.expires_at ?? "") - Date.parse(b.expires_at ?? ""))[0];
    const place = byId("chances", HTMLElement);
    place.dataset.remaining = String(count);
    fill(place, format.integer(count));
    byId("chances-word", HTMLElement).textContent = count === 1 ? "spin left" : "spins left";
    const ends = ending?.expires_at ? Date.parse(ending.expires_at) - now() : null;
    byId("chances-end", HTMLElement).textContent = ends === null || ends > 3 * 86_400_000 ? "" : `the next ends in ${format.span(ends)}`;
    update({ remaining: count });
  }

  /** @param {Wheel} changed @param {Reward[]} withRewards */
  function showWheel(changed, withRewards) {
    wheel = { ...changed, rewards: withRewards };
    rewards = [...withRewards].sort((a, b) => a.start_deg - b.start_deg);
    const segments = segmentsOf(rewards);
    drawn.setSegments(segments);
    fillOdds(byId("odds-facts", HTMLElement), { wheel: changed, rewards, segments, format });
    byId("wheel-name", HTMLElement).textContent = changed.wheel_name;
    byId("wheel-description", HTMLElement).textContent = changed.wheel_description ?? "";
    canvas.setAttribute("aria-label", `${changed.wheel_name}: a wheel of ${rewards.length} segments`);
    document.title = `${changed.wheel_name} · ${tenantName}`;
    update({ open: changed.wheel_status === "active" });
    return segments;
  }

  /** Ask for one spin; the request's id is kept until it is answered, so that it counts once whatever happens. */
  async function spin() {
    if (button.getAttribute("aria-disabled") === "true") return;
    update({ phase: "asking", refusal: "" });
    await send(pending.begin());
  }

  /** @param {string} requestId */
  async function send(requestId) {
    try {
      const accepted = await client.spin(wheel.id, requestId);
      pending.answered();
      fairness.drawn(accepted);
      own.started({ wheel_id: wheel.id, ...accepted });
      if (!own.turning) update({ phase: "idle" });
    } catch (problem) {
      const refused = problem instanceof Error ? problem.message : String(problem);
      if (problem instanceof Error && problem.name === "CommandRefused") pending.answered();
      update({ phase: own.turning ? "turning" : "idle", refusal: refused });
    }
  }

  showWheel(wheel, rewards);
  clearResult(result, "Press Spin. The outcome is drawn and stored before the wheel moves.");
  main.removeAttribute("aria-busy");
  showConnection(byId("connection", HTMLElement), client, format);
  drawn.onTick = (velocity) => sound.tick(velocity);
  button.addEventListener("click", () => void spin());
  followControls(sound);

  client.addEventListener("state", () => {
    update({ connection: client.state.name });
    if (client.state.name === "ended") {
      showBanner(byId("banners", HTMLElement), client.state.reason ?? "You are signed off.", { action: { label: "Load again", act: () => location.reload() } });
    }
  });
  client.addEventListener("connected", (event) => {
    const welcome = /** @type {CustomEvent<import("../protocol.js").Connected>} */ (event).detail;
    own.resume(welcome.spins, now());
    const shown = welcome.fairness.find((epoch) => epoch.wheel_id === wheel.id);
    if (shown) fairness.set({ current: shown, next: { server_seed_hash: shown.next_server_seed_hash } });
  });
  client.subscribe("user", {
    snapshot: (snapshot) => {
      showChances(snapshot.chances);
      own.resume(snapshot.results.map((/** @type {SpinResult} */ won) => ({ wheel_id: won.wheel_id, status: "stopped", result: won })), now());
    },
    event: (name, data, event) => {
      if (name === "spin.started") own.started(data);
      else if (name === "spin.frame") own.frame(data);
      else if (name === "spin.result") own.result(data, Date.parse(event.at));
      else if (name === "chance.changed") showChances(data);
      if (name === "spin.started") side.leaveOut(data.session_id);
    },
  });
  client.subscribe("tenant", {
    event: (name, data) => {
      if (name === "announcement") showBanner(byId("banners", HTMLElement), data.message ?? String(data));
      else if (name.startsWith("game.") && data.id === wheel.id) void reload();
    },
  });
  client.subscribe(`wheel:${wheel.id}`, {
    snapshot: (snapshot) => side.reset(showWheel(snapshot.wheel, snapshot.rewards), notMine(snapshot.spins), snapshot.winners),
    event: (name, data, event) => {
      if (name === "spin.started" && !own.isTurning(data.session_id)) side.started(data);
      else if (name === "spin.frame") data.spins.forEach((/** @type {[string, number, number]} */ [id, angle, velocity]) => side.frame(data.at_ms, id, angle, velocity));
      else if (name === "spin.result") side.stopped(data, event.at);
    },
    end: (_code, message) => showBanner(byId("banners", HTMLElement), message),
  });

  /** @param {import("../protocol.js").TurningSpin[]} spins */
  const notMine = (spins) => spins.filter((spin) => !own.isTurning(spin.session_id));

  async function reload() {
    const fresh = await callAs(`/api/v1/wheels/${wheel.id}`).catch(() => null);
    if (fresh?.rewards) showWheel(fresh, fresh.rewards);
  }

  async function loadHistory() {
    const mine = (await pastSpins()).filter((spin) => spin.wheelId === wheel.id);
    results.set(mine);
    if (!own.turning && canvas.dataset.state === "idle") drawn.rest(mine[0]?.play.angle_deg ?? 0, "idle");
  }

  /** A result that was lost on its way is asked for; the wheel never waits for ever. */
  async function fetchOverdue() {
    const sessionId = client.state.name === "live" ? own.overdue(now()) : null;
    if (sessionId === null) return;
    const spin = (await pastSpins()).find((past) => past.sessionId === sessionId);
    if (spin) own.result(asResult(spin.play, client.welcome?.user ?? ""), now());
  }
  setInterval(() => void fetchOverdue().catch(() => undefined), 3_000);

  void callAs(`/api/v1/wheels/${wheel.id}/visits`, { method: "POST" }).then(({ granted }) => {
    if (granted > 0) showToast(notes, `Welcome aboard: ${format.integer(granted)} ${granted === 1 ? "spin" : "spins"} for today's visit.`);
  }, () => undefined);
  void loadHistory().catch(() => results.set([]));
  void callAs(`/api/v1/wheels/${wheel.id}/fairness`).then((view) => fairness.set(view), () => undefined);
  void client.connect().catch(() => undefined);
  const unanswered = pending.unanswered();
  if (unanswered !== null) {
    update({ phase: "asking" });
    void send(unanswered);
  }
}

/** @param {TickSound} sound */
function followControls(sound) {
  const odds = byId("odds", HTMLDialogElement);
  byId("show-odds", HTMLButtonElement).addEventListener("click", () => odds.showModal());
  odds.addEventListener("click", (event) => event.target === odds && odds.close());
  const toggle = byId("sound", HTMLButtonElement);
  toggle.addEventListener("click", () => {
    sound.turn(!sound.on);
    toggle.setAttribute("aria-pressed", String(sound.on));
    fill(toggle, icon(sound.on ? "sound" : "silent"), sound.on ? "Sound on" : "Sound off");
  });
}
