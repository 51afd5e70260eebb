import { showConnection } from "../components/connection-badge.js";
import { fillOdds } from "../components/odds-sheet.js";
import { showRefusal } from "../components/refusal.js";
import { WheelCanvas } from "../components/wheel-canvas.js";
import { showWheelStanding } from "../components/wheel-facts.js";
import { WheelMoves } from "../components/wheel-moves.js";
import { segmentsOf } from "../components/wheel-segments.js";
import { byId } from "../dom.js";
import { openPage, showProblem } from "../page-frame.js";
import { callAs, createClient } from "../session.js";

/** @typedef {import("../protocol.js").Wheel} Wheel */

const main = byId("main", HTMLElement);
const page = await openPage(main, "operator");
if (page !== null) await run(page.format).catch((problem) => showProblem(main, problem));

/** @param {import("../format.js").Format} format */
async function run(format) {
  const id = decodeURIComponent(location.pathname.split("/")[3] ?? "");
  const client = createClient();
  const refusal = byId("refusal", HTMLElement);
  const drawing = new WheelCanvas(byId("wheel", HTMLCanvasElement), () => Date.now());
  const moves = new WheelMoves(byId("moves", HTMLElement), {
    moved: (wheel) => {
      showRefusal(refusal, null);
      show(wheel);
    },
    refused: (problem) => showRefusal(refusal, problem),
  });
  showConnection(byId("connection", HTMLElement), client, format);
  void client.connect().catch(() => undefined);
  show(await callAs(`/api/v1/wheels/${id}`));
  main.removeAttribute("aria-busy");

  /** @param {Wheel} wheel */
  function show(wheel) {
    const rewards = wheel.rewards ?? [];
    const segments = segmentsOf(rewards);
    document.title = `${wheel.wheel_name} · Wheelhouse`;
    byId("wheel-name", HTMLElement).textContent = wheel.wheel_name;
    showWheelStanding(byId("standing", HTMLElement), wheel, format);
    moves.show(wheel);
    drawing.setSegments(segments);
    drawing.rest(0, "idle");
    fillOdds(byId("segments", HTMLElement), { wheel, rewards, segments, format });
  }
}
