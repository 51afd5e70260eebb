import { wordsOf } from "../api.js";
import { el, fill } from "../dom.js";

/** @typedef {import("../protocol.js").FairnessView} FairnessView */
/** @typedef {import("../protocol.js").Rotation} Rotation */

/** Where the player sees the promise behind the next spin, chooses a seed of their own, and has the old seed opened. */
export class FairnessPanel {
  #element;
  #rotate;
  #checkLink;
  /** @type {FairnessView | null} */
  #view = null;
  /** @type {Rotation["revealed"] | null} */
  #revealed = null;
  #turning = false;

  /**
   * @param {HTMLElement} element
   * @param {(clientSeed: string | undefined) => Promise<Rotation>} rotate
   * @param {(serverSeedHash: string) => string | undefined} checkLink the address of a proof drawn from the seed with this hash
   */
  constructor(element, rotate, checkLink) {
    this.#element = element;
    this.#rotate = rotate;
    this.#checkLink = checkLink;
  }

  /** @param {FairnessView} view */
  set(view) {
    this.#view = view;
    this.#render();
  }

  /** The epoch has drawn one more. @param {{server_seed_hash: string, nonce: number}} spin */
  drawn(spin) {
    if (this.#view?.current.server_seed_hash !== spin.server_seed_hash) return;
    this.#view.current.nonce = Math.max(this.#view.current.nonce, spin.nonce + 1);
    this.#render();
  }

  /** Seeds cannot be changed while a spin turns. @param {boolean} turning */
  turning(turning) {
    if (this.#turning === turning) return;
    this.#turning = turning;
    this.#render();
  }

  #render() {
    const view = this.#view;
    if (view === null) return;
    const typed = this.#element.querySelector("input")?.value;
    const seed = typed ?? view.current.client_seed;
    fill(
      this.#element,
      el("p", {}, "Your next spin is drawn from two seeds: ours, sealed below before you play, and yours. Neither side can steer it alone."),
      fact("Our seed, sealed (SHA-256)", view.current.server_seed_hash, "server-seed-hash"),
      fact("Spins drawn from it", String(view.current.nonce), "nonce"),
      this.#form(seed),
      fact("The seed after it, sealed already", view.next.server_seed_hash, "next-seed-hash"),
      this.#revealed && this.#openedSeed(this.#revealed),
    );
  }

  /** @param {string} seed */
  #form(seed) {
    const message = el("p", { class: "note", role: "status" }, this.#turning ? "Wait until the wheel has stopped." : "");
    const input = el("input", {
      id: "client-seed", name: "client_seed", value: seed, maxlength: 64, pattern: "[A-Za-z0-9_\\-]{1,64}", required: true,
      autocomplete: "off", autocapitalize: "off", spellcheck: "false", title: "1 to 64 letters, digits, - and _",
    });
    const button = el("button", { class: "button quiet", type: "submit", disabled: this.#turning }, "Change seeds");
    const submit = async (/** @type {Event} */ event) => {
      event.preventDefault();
      button.disabled = true;
      try {
        const rotation = await this.#rotate(input.value);
        this.#revealed = rotation.revealed;
        input.value = rotation.current.client_seed;
        this.set({ current: rotation.current, next: rotation.next });
      } catch (problem) {
        message.textContent = wordsOf(problem);
        button.disabled = false;
      }
    };
    return el(
      "form",
      { class: "seed-form", onsubmit: submit },
      el("label", { for: "client-seed" }, "Your seed"),
      el("div", { class: "field" }, input, button),
      el("p", { class: "note" }, "Changing seeds opens our sealed one, so that every spin drawn from it can be checked, and begins a new pair."),
      message,
    );
  }

  /** @param {Rotation["revealed"]} revealed */
  #openedSeed(revealed) {
    const link = this.#checkLink(revealed.server_seed_hash);
    return el(
      "div",
      { class: "opened", id: "revealed-seed" },
      fact("Our last seed, opened", revealed.server_seed, "server-seed"),
      el("p", { class: "note" }, revealed.nonce === 1 ? "One spin was drawn from it. " : `${revealed.nonce} spins were drawn from it. `, link && el("a", { href: link }, "Check the newest")),
    );
  }
}

/** @param {string} name @param {string} value @param {string} id */
function fact(name, value, id) {
  return el("div", { class: "fact" }, el("span", { class: "fact-name" }, name), el("code", { class: value.length > 20 ? "hash" : "", id }, value));
}
