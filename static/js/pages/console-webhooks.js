import { wordsOf } from "../api.js";
import { Attempt } from "../attempt.js";
import { showToast } from "../components/banner.js";
import { confirmed } from "../components/confirm.js";
import { showConnection } from "../components/connection-badge.js";
import { deskEmpty, deskTable, showDeskProblem } from "../components/desk-table.js";
import { byId, el, fill } from "../dom.js";
import { openPage } from "../page-frame.js";
import { callAs, createClient } from "../session.js";

/** @typedef {import("../protocol.js").WebhookEndpoint} WebhookEndpoint */
/** @typedef {import("../protocol.js").WebhookSend} WebhookSend */

/** What an operator is told of a message on its way. @type {Record<string, string>} */
const STATUSES = { pending: "pending", sending: "sending", failed: "failed, tried again", manual: "given up", confirmed: "arrived" };
const BASE = "/api/v1/webhook-endpoints";
const LOGGED = 50;
const LOOK_EVERY_MS = 5_000;

const main = byId("main", HTMLElement);
const page = await openPage(main, "operator");
if (page !== null) run(page.format);

/** @param {import("../format.js").Format} format */
function run(format) {
  const client = createClient();
  const making = new Attempt();
  const dialog = byId("make", HTMLDialogElement);
  const form = byId("make-form", HTMLFormElement);
  const notes = byId("notes", HTMLElement);
  showConnection(byId("connection", HTMLElement), client, format);
  void client.connect().catch(() => undefined);
  byId("new", HTMLButtonElement).addEventListener("click", () => dialog.showModal());
  byId("secret-copy", HTMLButtonElement).addEventListener("click", () => {
    void navigator.clipboard.writeText(byId("secret-text", HTMLElement).textContent ?? "").then(() => showToast(notes, "Copied."));
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void make();
  });
  setInterval(() => {
    if (document.visibilityState === "visible" && document.querySelector("dialog[open]") === null) void look();
  }, LOOK_EVERY_MS);
  void look();

  async function look() {
    try {
      const [endpoints, log] = await Promise.all([callAs(`${BASE}?limit=200`), callAs(`/api/v1/webhooks?limit=${LOGGED}`)]);
      fill(byId("endpoints", HTMLElement), endpoints.items.length > 0 ? endpointTable(endpoints.items) : deskEmpty("No endpoint yet. Make one, and the platform is told what happens here."));
      fill(byId("log", HTMLElement), log.items.length > 0 ? logTable(log.items) : deskEmpty("Nothing has been sent yet."));
    } catch (problem) {
      showDeskProblem(byId("endpoints", HTMLElement), problem);
    }
    main.removeAttribute("aria-busy");
  }

  async function make() {
    const place = byId("make-problem", HTMLElement);
    const data = new FormData(form);
    place.textContent = "";
    try {
      const made = await making.post(BASE, { url: data.get("url"), description: data.get("description"), event_types: data.getAll("event_types") });
      dialog.close();
      form.reset();
      showSecret(made.secret);
      await look();
    } catch (problem) {
      place.textContent = wordsOf(problem);
    }
  }

  /** @param {string} secret */
  function showSecret(secret) {
    byId("secret-text", HTMLElement).textContent = secret;
    byId("secret", HTMLDialogElement).showModal();
  }

  /** @param {WebhookEndpoint[]} endpoints */
  function endpointTable(endpoints) {
    return deskTable("Endpoints", ["Address", "Told of", "Status", ""], endpoints.map(endpointRow));
  }

  /** @param {WebhookEndpoint} endpoint */
  function endpointRow(endpoint) {
    const { url, description, event_types, endpoint_status } = endpoint;
    const on = endpoint_status === "active";
    return el(
      "tr",
      {},
      el("th", { scope: "row" }, url, description !== "" && el("p", { class: "note" }, description)),
      el("td", {}, event_types.join(", ")),
      el("td", {}, el("span", { class: "status", "data-status": endpoint_status }, endpoint_status)),
      el(
        "td",
        {},
        el(
          "span",
          { class: "desk-moves" },
          on && el("button", { class: "button quiet small", type: "button", onclick: () => void test(endpoint) }, "Test"),
          on && el("button", { class: "button quiet small", type: "button", onclick: () => void rotate(endpoint) }, "New secret"),
          el("button", { class: "button quiet small", type: "button", onclick: () => void turn(endpoint) }, on ? "Switch off" : "Switch on"),
        ),
      ),
    );
  }

  /** @param {WebhookSend[]} sends */
  function logTable(sends) {
    return deskTable("What was sent", ["Message", "Status", "Attempts", "Answer", "When", ""], sends.map(sendRow));
  }

  /** @param {WebhookSend} send */
  function sendRow(send) {
    const { event_type, webhook_id, send_status, attempts, last_status_code, last_error, last_duration_ms, created_at } = send;
    const answer = [last_error ?? last_status_code, last_duration_ms === null ? null : `${format.integer(last_duration_ms)} ms`].filter((part) => part !== null && part !== undefined);
    return el(
      "tr",
      {},
      el("th", { scope: "row" }, event_type, el("p", { class: "note" }, webhook_id)),
      el("td", {}, el("span", { class: "status", "data-status": send_status }, STATUSES[send_status] ?? send_status)),
      el("td", { class: "figure" }, attempts),
      el("td", {}, answer.join(", ")),
      el("td", {}, format.moment(created_at)),
      el("td", {}, el("button", { class: "button quiet small", type: "button", onclick: () => void replay(send) }, "Send again")),
    );
  }

  /** @param {WebhookEndpoint} endpoint */
  async function test({ id }) {
    await act(async () => {
      const { arrived, error, duration_ms } = await callAs(`${BASE}/${id}/test`, { method: "POST" });
      showToast(notes, arrived ? `It arrived, in ${format.integer(duration_ms)} ms.` : `It did not arrive: ${error}.`);
    });
  }

  /** @param {WebhookEndpoint} endpoint */
  async function rotate({ id, url }) {
    const said = await confirmed({ label: "Make a new secret", words: `Messages to ${url} carry a signature under the old one too for a while, so that the receiver can change over.` });
    if (said === null) return;
    await act(async () => showSecret((await callAs(`${BASE}/${id}/rotate`, { method: "POST" })).secret));
  }

  /** @param {WebhookEndpoint} endpoint */
  async function turn({ id, url, endpoint_status, event_types, row_version }) {
    const off = endpoint_status === "active";
    const due = event_types.includes("reward.due");
    const waits = due && off ? " Rewards that it was told of and has not confirmed wait until one listens again." : "";
    const pays = due && !off ? " Rewards won from now on are the platform's to pay." : "";
    const said = await confirmed({ label: off ? "Switch off" : "Switch on", words: off ? `${url} is told nothing more.${waits}` : `${url} is told from now on.${pays}` });
    if (said === null) return;
    await act(() => callAs(`${BASE}/${id}`, { method: "PATCH", rowVersion: row_version, body: { endpoint_status: off ? "disabled" : "active" } }));
  }

  /** @param {WebhookSend} send */
  async function replay({ id }) {
    await act(() => callAs(`/api/v1/webhooks/${id}/replay`, { method: "POST" }));
  }

  /** @param {() => Promise<unknown>} work */
  async function act(work) {
    try {
      await work();
    } catch (problem) {
      showToast(notes, wordsOf(problem));
    }
    await look();
  }
}
