import { wordsOf } from "../api.js";
import { showToast } from "../components/banner.js";
import { showConnection } from "../components/connection-badge.js";
import { blockButton } from "../components/player-block.js";
import { SPIN_STATUSES, outcomeOf } from "../components/spin-facts.js";
import { storyOf } from "../components/spin-story.js";
import { SpinVoiding } from "../components/spin-voiding.js";
import { byId, el, fill } from "../dom.js";
import { openPage, showProblem } from "../page-frame.js";
import { callAs, createClient } from "../session.js";

/** @typedef {import("../protocol.js").PlayWhole} PlayWhole */

const LOOK_EVERY_MS = 2_000;

const main = byId("main", HTMLElement);
const page = await openPage(main, "operator");
if (page !== null) await run(page.format).catch((problem) => showProblem(main, problem));

/** @param {import("../format.js").Format} format */
async function run(format) {
  const id = decodeURIComponent(location.pathname.split("/")[3] ?? "");
  const client = createClient();
  const voiding = new SpinVoiding({
    done: () => look().catch(() => undefined),
    refused: (problem) => showToast(byId("notes", HTMLElement), wordsOf(problem)),
  });
  showConnection(byId("connection", HTMLElement), client, format);
  void client.connect().catch(() => undefined);
  await look();

  async function look() {
    /** @type {PlayWhole} */
    const play = await callAs(`/api/v1/spins/${id}`);
    const wheel = await callAs(`/api/v1/wheels/${play.wheel_game_id}`).catch(() => null);
    show(play, wheel?.wheel_name ?? "a wheel");
    main.removeAttribute("aria-busy");
    if (play.spin_status === "committed") setTimeout(() => void look().catch(() => undefined), LOOK_EVERY_MS);
  }

  /** @param {PlayWhole} play @param {string} wheel */
  function show(play, wheel) {
    const { session_id, spin_status, started_at, user_id } = play;
    document.title = `Spin of ${user_id} · Wheelhouse`;
    fill(byId("spin-title", HTMLElement), "A spin of ", el("bdi", {}, user_id));
    fill(
      byId("standing", HTMLElement),
      el("span", { class: "status", "data-status": spin_status }, SPIN_STATUSES[spin_status] ?? spin_status),
      el("span", {}, format.moment(started_at)),
      outcomeOf(play),
      spin_status !== "committed" && el("a", { href: `/verify?spin=${session_id}` }, "Check its proof"),
    );
    voiding.show(byId("moves", HTMLElement), play);
    byId("moves", HTMLElement).append(blockButton(user_id, byId("notes", HTMLElement), "button quiet"));
    fill(byId("story", HTMLElement), storyOf(play, wheel, format));
  }
}
