/** The soft wooden tick of a peg on the pointer. Silent until asked for; a browser allows sound only after a press. */
export class TickSound {
  /** @type {AudioContext | null} */
  #audio = null;
  #lastAt = 0;
  on = false;

  /** @param {boolean} on */
  turn(on) {
    this.on = on;
    if (on) this.#audio ??= new AudioContext();
    if (on) void this.#audio?.resume();
  }

  /** @param {number} velocity degrees a second; a fast wheel ticks lower and softer, or it would drone */
  tick(velocity) {
    const audio = this.#audio;
    if (!this.on || audio === null || audio.currentTime - this.#lastAt < 0.028) return;
    const at = (this.#lastAt = audio.currentTime);
    const tone = new OscillatorNode(audio, { type: "triangle", frequency: velocity > 300 ? 1150 : 1450 });
    const loudness = new GainNode(audio, { gain: velocity > 300 ? 0.035 : 0.07 });
    tone.frequency.exponentialRampToValueAtTime(420, at + 0.03);
    loudness.gain.exponentialRampToValueAtTime(0.0001, at + 0.05);
    tone.connect(loudness).connect(audio.destination);
    tone.start(at);
    tone.stop(at + 0.06);
  }
}
