import { showBanner } from "./components/banner.js";

/** What was said; `from` names the game where it was. @typedef {{id: string, message: string, sent_at: string, from?: string}} Notice */

/** What was said before the page was opened is shown as news when it is no older than this. */
const NEWS_MS = 12 * 3_600_000;
const KEY = "wheelhouse.notices";
/** So many stand at the top at a time; older ones make room. */
const SHOWN = 3;
/** So many ids of read ones are remembered. */
const REMEMBERED = 200;

/**
 * What operators tell the players, as banners that stay until they are read: on this page and, while the tab is signed in as
 * the same player, on every other and after a reload.
 */
export class Notices {
  #place;
  #format;
  #reader;
  /** @type {Map<string, {notice: Notice, banner: HTMLElement}>} */
  #shown = new Map();

  /**
   * @param {HTMLElement} place a polite live region
   * @param {{session: import("./session.js").Session, format: import("./format.js").Format}} page
   */
  constructor(place, { session, format }) {
    this.#place = place;
    this.#format = format;
    this.#reader = `${session.tenant}/${session.user}`;
    this.#stored().unread.forEach((notice) => this.tell(notice));
  }

  /**
   * Show a notice, unless this player has read it or sees it.
   * @param {Notice} notice
   */
  tell(notice) {
    const { id, message, sent_at, from } = notice;
    if (this.#shown.has(id) || this.#stored().read.includes(id)) return;
    const banner = showBanner(this.#place, message, { from, at: this.#format.moment(sent_at), read: () => this.#read(id) });
    banner.dataset.notice = id;
    this.#shown.set(id, { notice, banner });
    const [oldest] = this.#shown;
    if (this.#shown.size > SHOWN) {
      oldest[1].banner.remove();
      this.#shown.delete(oldest[0]);
    }
    this.#store(this.#stored().read);
  }

  /**
   * Show what was said while nobody listened, unless it is no news any more.
   * @param {Notice[]} said newest first
   * @param {number} now by the server's clock
   */
  catchUp(said, now) {
    const news = said.filter(({ sent_at }) => now - Date.parse(sent_at) < NEWS_MS);
    news.reverse().forEach((notice) => this.tell(notice));
  }

  /** @param {string} id */
  #read(id) {
    this.#shown.delete(id);
    this.#store([...this.#stored().read, id].slice(-REMEMBERED));
  }

  /** @returns {{reader: string, unread: Notice[], read: string[]}} */
  #stored() {
    const stored = JSON.parse(sessionStorage.getItem(KEY) ?? "null");
    return stored?.reader === this.#reader ? stored : { reader: this.#reader, unread: [], read: [] };
  }

  /** @param {string[]} read */
  #store(read) {
    const unread = [...this.#shown.values()].map(({ notice }) => notice);
    sessionStorage.setItem(KEY, JSON.stringify({ reader: this.#reader, unread, read }));
  }
}
