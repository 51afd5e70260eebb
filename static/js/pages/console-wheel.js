import { showToast } from "../components/banner.js";
import { showConnection } from "../components/connection-badge.js";
import { forgetFaultsOnceTyped } from "../components/fault-places.js";
import { FigureCards } from "../components/figure-cards.js";
import { SaveBar } from "../components/save-bar.js";
import { SimulationPanel } from "../components/simulation-panel.js";
import { SegmentList } from "../components/segment-list.js";
import { WheelBorders } from "../components/wheel-borders.js";
import { WheelCanvas } from "../components/wheel-canvas.js";
import { WheelFactsForm } from "../components/wheel-facts-form.js";
import { showWheelStanding } from "../components/wheel-facts.js";
import { WheelMoves } from "../components/wheel-moves.js";
import { segmentsOf } from "../components/wheel-segments.js";
import { byId, el, fill } from "../dom.js";
import { drawingOf } from "../engine-drawing.js";
import { openPage, showProblem } from "../page-frame.js";
import { altogether, followPlay, showPlay } from "../play-figures.js";
import { callAs, createClient } from "../session.js";
import { withBorder } from "../wheel-editor/changes.js";
import { asRewards, widthsOf } from "../wheel-editor/draft.js";
import { WheelEditor } from "../wheel-editor/editor.js";
import { drawn } from "../wheel-editor/shares.js";

/** @typedef {import("../protocol.js").Wheel} Wheel */

const main = byId("main", HTMLElement);
const page = await openPage(main, "operator");
if (page !== null) {
  const id = decodeURIComponent(location.pathname.split("/")[3] ?? "");
  await callAs(`/api/v1/wheels/${id}`).then((wheel) => run(wheel, page.format), (problem) => showProblem(main, problem));
}

/** @param {Wheel} read @param {import("../format.js").Format} format */
function run(read, format) {
  const client = createClient();
  const editor = new WheelEditor(read);
  const place = byId("segments", HTMLElement);
  const drawing = new WheelCanvas(byId("wheel", HTMLCanvasElement), () => Date.now());
  const borders = new WheelBorders(byId("dial", HTMLElement), {
    move: (at, width) => editor.change(withBorder(editor.draft, at, width), `border ${at}`),
    settled: () => editor.settle(),
  });
  const list = new SegmentList(place, editor, format);
  const facts = new WheelFactsForm(byId("facts", HTMLElement), editor);
  const bar = new SaveBar(editor, { main, segments: place });
  new SimulationPanel(read.id, format);
  const moves = new WheelMoves(byId("moves", HTMLElement), {
    // What is published is what is seen; a wheel that is open is stopped without asking what is typed.
    ready: async () => editor.wheel.wheel_status !== "draft" || bar.save(),
    moved: (wheel) => {
      bar.forgive();
      editor.meet(wheel);
    },
    refused: (problem) => bar.refuse(problem),
  });
  const figures = byId("figures", HTMLElement);
  const cards = new FigureCards(figures, ["pace", "hits"]);
  /** Codes that this wheel has had: what was retired comes back under another. @type {Set<string>} */
  const slugs = new Set();
  showConnection(byId("connection", HTMLElement), client, format);
  client.subscribe("tenant", { snapshot: () => void lookAgain(), event: (_name, data) => data?.id === read.id && void lookAgain() });
  void client.connect().catch(() => undefined);
  forgetFaultsOnceTyped(main);
  fill(place);
  followPlay((found) => showPlay(cards, altogether([...found.values()].filter(({ wheel_id }) => wheel_id === read.id)), format));
  choose("unit", (unit) => editor.change({ ...editor.draft, unit: unit === "weight" ? "weight" : "percent" }));
  choose("rest", (rest) => editor.change({ ...editor.draft, rest: rest || null }));
  byId("add", HTMLButtonElement).addEventListener("click", () => list.add([...slugs]));
  editor.addEventListener("change", show);
  drawing.rest(0, "idle");
  /** What players see, where that is no wheel. @type {import("../engine-drawing.js").Drawn | null} */
  let seen = null;
  if (read.engine_type !== "wheel") void preview();
  show();
  main.removeAttribute("aria-busy");

  async function preview() {
    const { draw } = await drawingOf(read);
    byId("preview", HTMLElement).hidden = false;
    seen = draw(byId("seen", HTMLCanvasElement), () => Date.now());
    seen.rest(0, "idle");
    show();
  }

  /** The wheel may have been moved by the clock, or changed by somebody else. */
  async function lookAgain() {
    const wheel = await callAs(`/api/v1/wheels/${read.id}`).catch(() => null);
    if (wheel === null || bar.saving) return;
    if (wheel.row_version <= editor.wheel.row_version && wheel.engine_status === editor.wheel.engine_status) return;
    const told = editor.meet(wheel);
    if (told.length > 0) showToast(byId("notes", HTMLElement), `Somebody else has changed this wheel: ${told.join("; ")}.`);
  }

  function show() {
    const { draft, wheel } = editor;
    const stands = ["ended", "archived"].includes(wheel.wheel_status);
    const segments = segmentsOf(asRewards(draft, drawn(widthsOf(draft))));
    for (const { fields } of draft.rows) slugs.add(fields.reward_slug);
    document.title = `${draft.fields.wheel_name} · Wheelhouse`;
    byId("wheel-name", HTMLElement).textContent = draft.fields.wheel_name;
    showWheelStanding(byId("standing", HTMLElement), wheel, format);
    moves.show(wheel);
    drawing.setSegments(segments);
    seen?.setSegments(segments, wheel.engine_config);
    borders.show(stands ? null : draft);
    list.show(draft, segments);
    facts.show(draft, stands);
    bar.show();
    byId("segments-set", HTMLFieldSetElement).disabled = stands;
    figures.hidden = !["active", "paused"].includes(wheel.wheel_status);
    showSum(draft);
    showWays(draft, stands);
  }

  /** @param {import("../wheel-editor/draft.js").Draft} draft */
  function showSum({ rows, size }) {
    const sum = rows.reduce((total, { width }) => total + width, 0);
    byId("sum", HTMLOutputElement).textContent = rows.length === 0 ? "None yet." : `Together ${format.integer(sum)} of ${format.integer(size)}`;
  }

  /** @param {import("../wheel-editor/draft.js").Draft} draft @param {boolean} stands */
  function showWays({ rows, unit, rest }, stands) {
    const [units, rests] = ["unit", "rest"].map((id) => byId(id, HTMLSelectElement));
    units.value = unit;
    fill(rests, el("option", { value: "" }, "all others, in proportion"), rows.map(({ key, fields }) => el("option", { value: key }, `${fields.reward_label} (${fields.reward_slug})`)));
    rests.value = rest ?? "";
    units.disabled = stands;
    rests.disabled = stands || unit === "weight";
  }
}

/** @param {string} id @param {(value: string) => void} chosen */
function choose(id, chosen) {
  const select = byId(id, HTMLSelectElement);
  select.addEventListener("change", () => chosen(select.value));
}
