import { showBanner } from "../components/banner.js";
import { showConnection } from "../components/connection-badge.js";
import { SideSpins } from "../components/side-spins.js";
import { isWin } from "../components/reward-words.js";
import { segmentsOf } from "../components/wheel-segments.js";
import { byId } from "../dom.js";
import { drawingOf } from "../engine-drawing.js";
import { openPage } from "../page-frame.js";
import { callAs, createClient } from "../session.js";

/** @typedef {import("../protocol.js").WheelSnapshot} WheelSnapshot */

/** How long a stopped wheel is left to be read before the next spin takes the stage. */
const READ_MS = 4_000;
/** Nobody stands at a screen to dismiss what was said. */
const NOTICE_MS = 120_000;
/** A page that runs for days starts afresh now and then, in a quiet moment. */
const FRESH_START_MS = 12 * 3_600_000;
/** What cannot be asked for just now is drawn as a wheel. */
const AS_A_WHEEL = { drawing: "/static/js/engines/wheel.js", engine_config: {} };

const main = byId("main", HTMLElement);
const wheelId = decodeURIComponent(location.pathname.split("/").filter(Boolean).pop() ?? "");
const page = await openPage(main, "screen");
if (page === null) setTimeout(() => location.reload(), 15_000);
else run(page.format, await drawingOf(await callAs(`/api/v1/wheels/${encodeURIComponent(wheelId)}`).catch(() => AS_A_WHEEL)));

/**
 * @param {import("../format.js").Format} format
 * @param {import("../engine-drawing.js").EngineDrawing} drawing of the wheel's engine
 */
function run(format, { draw, small }) {
  const client = createClient();
  const now = () => client.serverNow();
  const drawn = draw(byId("wheel", HTMLCanvasElement), now);
  const side = new SideSpins(byId("turning", HTMLElement), byId("winners", HTMLElement), { now, format, small });
  const said = byId("now", HTMLElement);
  const openedAt = performance.now();
  /** The spin on the big wheel. @type {{id: string, user: string, endsAt: number} | null} */
  let staged = null;
  let freeAt = 0;
  showConnection(byId("connection", HTMLElement), client, format);
  main.removeAttribute("aria-busy");

  /** @param {{session_id: string, user: string, started_at: string, duration_ms: number}} spin */
  function started(spin) {
    if (staged !== null || performance.now() < freeAt) return side.started(spin);
    staged = { id: spin.session_id, user: spin.user, endsAt: Date.parse(spin.started_at) + spin.duration_ms };
    said.textContent = `${spin.user} is spinning`;
    drawn.begin();
  }

  /**
   * @param {import("../protocol.js").SpinResult} result
   * @param {string} at
   */
  function stopped(result, at) {
    if (staged?.id !== result.session_id) return side.stopped(result, at);
    const { user, endsAt } = staged;
    void drawn.settle(endsAt, result.angle_deg, result).then(() => {
      staged = null;
      freeAt = performance.now() + READ_MS;
      said.textContent = isWin(result.reward.type) ? `${user} won ${result.reward.label}` : `${user}: ${result.reward.label}`;
      side.stopped(result, at);
      if (isWin(result.reward.type)) drawn.celebrate();
      if (performance.now() - openedAt > FRESH_START_MS) location.reload();
    });
  }

  /** The newest words stand until the next, or for a while. @param {string} message */
  function announce(message) {
    const place = byId("banners", HTMLElement);
    place.replaceChildren();
    const banner = showBanner(place, message);
    setTimeout(() => banner.remove(), NOTICE_MS);
  }

  /** @param {WheelSnapshot} snapshot */
  function show({ wheel, rewards, spins, winners }) {
    const segments = segmentsOf([...rewards].sort((a, b) => a.start_deg - b.start_deg));
    drawn.setSegments(segments, wheel.engine_config);
    byId("wheel-name", HTMLElement).textContent = wheel.wheel_name;
    document.title = wheel.wheel_name;
    staged = null;
    const [first, ...others] = spins;
    side.reset(segments, others, winners);
    if (first === undefined) {
      said.textContent = "The next spin shows here.";
      drawn.rest(0, "idle");
      return;
    }
    started(first);
    drawn.frame(first.at_ms, first.angle_deg, first.velocity_deg_s);
  }

  client.subscribe(`wheel:${wheelId}`, {
    snapshot: show,
    event: (name, data, event) => {
      if (name === "spin.started") started(data);
      else if (name === "spin.result") stopped(data, event.at);
      else if (name === "spin.frame") {
        for (const [id, angle, velocity] of data.spins) {
          if (id === staged?.id) drawn.frame(data.at_ms, angle, velocity);
          else side.frame(data.at_ms, id, angle, velocity);
        }
      } else if (name === "announcement") announce(data.message);
    },
    end: (_code, message) => (said.textContent = message),
  });
  client.subscribe("tenant", { event: (name, data) => name === "announcement" && announce(data.message) });
  client.addEventListener("state", () => client.state.name === "ended" && setTimeout(() => location.reload(), 15_000));
  void client.connect().catch(() => undefined);
}
