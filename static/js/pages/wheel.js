import { ApiProblem } from "../api.js";
import { byId, fill, icon } from "../dom.js";
import { drawingOf } from "../engine-drawing.js";
import { TickSound } from "../motion/tick-sound.js";
import { openPage, showProblem } from "../page-frame.js";
import { callAs } from "../session.js";
import { WheelRoom } from "../wheel-room.js";

const main = byId("main", HTMLElement);
const slug = decodeURIComponent(location.pathname.split("/").filter(Boolean).pop() ?? "");

await open();

async function open() {
  const page = await openPage(main);
  if (page === null) return;
  try {
    const { items } = await callAs(`/api/v1/wheels?wheel_slug=${encodeURIComponent(slug)}`);
    if (items.length === 0) throw new ApiProblem("not_found", "There is no wheel of this name here.", 404);
    const sound = new TickSound();
    followControls(sound);
    document.title = `${items[0].wheel_name} · ${page.tenantName}`;
    new WheelRoom(items[0], page, await drawingOf(items[0])).open((velocity) => sound.tick(velocity));
    main.removeAttribute("aria-busy");
  } catch (problem) {
    showProblem(main, problem);
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
