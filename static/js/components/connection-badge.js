import { fill, icon } from "../dom.js";

/** @typedef {import("../client.js").WheelhouseClient} WheelhouseClient */

const WORDS = { connecting: "Connecting", live: "Live", "catching-up": "Catching up", ended: "Signed off" };

/**
 * Keep an element showing how the connection stands, calmly: live · catching up · offline since 12 s, retrying.
 * @param {HTMLElement} element
 * @param {WheelhouseClient} client
 * @param {import("../format.js").Format} format
 */
export function showConnection(element, client, format) {
  const render = () => {
    const { name, since, reason } = client.state;
    const latency = client.latencyMs;
    const words =
      name === "offline" ? `Offline since ${format.span(Date.now() - since)}, retrying` : WORDS[name];
    const delay = name === "live" && latency !== null ? `${Math.round(latency)} ms` : null;
    element.dataset.state = name;
    element.title = reason ?? (delay === null ? words : `${words}, ${delay} away`);
    fill(element, icon(name === "offline" || name === "ended" ? "offline" : "live"), words);
  };
  client.addEventListener("state", render);
  client.addEventListener("latency", render);
  setInterval(() => client.state.name === "offline" && render(), 1_000);
  render();
}
