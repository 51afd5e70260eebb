/** @typedef {import("../protocol.js").ChannelEvent} ChannelEvent */
/** @typedef {import("../protocol.js").Position} Position */
/** @typedef {import("../protocol.js").Subscribed} Subscribed */

/**
 * Decides what of a channel reaches the page: each kept event once and in order, of the latest ones only newer, passing
 * ones as they come. Holds no socket and no clock.
 */
export class ChannelReader {
  /** How far the page has read; sent as `since` when it comes back. @type {Position | null} */
  position = null;
  /** The newest version seen, by event name. @type {Map<string, number>} */
  #versions = new Map();

  /**
   * Take in the answer to `subscribe`.
   * @param {Subscribed} answer
   * @returns {{snapshot: any, events: ChannelEvent[]} | "hole"} a snapshot to begin from (undefined when recovered), then the
   *   events to add; `hole`: it says recovered and is not
   */
  begin(answer) {
    const from = this.position;
    if (answer.recovered && (from === null || from.epoch !== answer.epoch)) return "hole";
    if (!answer.recovered) this.#versions.clear();
    const read = answer.recovered && from !== null ? from.offset : answer.offset;
    const missed = answer.events.filter((event) => event.offset === undefined || event.offset > read);
    const counted = missed.filter((event) => event.offset !== undefined).map((event) => event.offset);
    if (counted.some((offset, index) => offset !== read + 1 + index) || read + counted.length < answer.offset) return "hole";
    this.position = { epoch: answer.epoch, offset: read + counted.length };
    const latest = Object.entries(answer.latest).map(([name, value]) => asEvent(answer.channel, name, value));
    return { snapshot: answer.snapshot, events: [...missed, ...latest.filter((event) => this.#isNewer(event))] };
  }

  /**
   * What to do with an event that came unasked: `gap` means that kept events are missing and the page must subscribe again.
   * @param {ChannelEvent} event
   * @returns {"deliver" | "ignore" | "gap"}
   */
  read(event) {
    if (event.offset === undefined) return this.#isNewer(event) ? "deliver" : "ignore";
    if (this.position === null) return "gap";
    if (event.offset <= this.position.offset) return "ignore";
    if (event.offset > this.position.offset + 1) return "gap";
    this.position = { epoch: this.position.epoch, offset: event.offset };
    return "deliver";
  }

  /** @param {ChannelEvent} event */
  #isNewer(event) {
    if (event.version === undefined) return true;
    if (event.version <= (this.#versions.get(event.event) ?? -1)) return false;
    this.#versions.set(event.event, event.version);
    return true;
  }
}

/**
 * `latest` holds each event by its name, either whole or as its data alone.
 * @param {string} channel
 * @param {string} name
 * @param {any} value
 * @returns {ChannelEvent}
 */
function asEvent(channel, name, value) {
  const whole = value !== null && typeof value === "object" && value.event === name && "data" in value;
  return whole ? value : { channel, event: name, data: value, at: "" };
}
