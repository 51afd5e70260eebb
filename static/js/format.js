/** How numbers, money and times are written: `Intl` in the tenant's language. */
export class Format {
  #language;
  #currency;

  /**
   * @param {string} language BCP 47
   * @param {string | null} currency ISO 4217, for amounts that name none
   */
  constructor(language, currency) {
    this.#language = Intl.getCanonicalLocales(language)[0] ?? "en";
    this.#currency = currency;
  }

  /** The tenant's own, ISO 4217; null where it is not known. */
  get currency() {
    return this.#currency;
  }

  /** Decimals of the tenant's currency; 2 where it is not known. */
  get minorUnit() {
    return this.#currency ? (new Intl.NumberFormat("en", { style: "currency", currency: this.#currency }).resolvedOptions().maximumFractionDigits ?? 2) : 2;
  }

  /** @param {number} value @param {number} decimals */
  decimal(value, decimals) {
    return value.toLocaleString(this.#language, { minimumFractionDigits: decimals, maximumFractionDigits: decimals });
  }

  /** @param {number} value */
  integer(value) {
    return value.toLocaleString(this.#language, { maximumFractionDigits: 0 });
  }

  /**
   * @param {string} amount a decimal string
   * @param {string | null} [currency]
   * @param {{whole?: boolean}} [options] `whole` leaves out `.00`
   */
  money(amount, currency = this.#currency, { whole = false } = {}) {
    const value = /** @type {Intl.StringNumericLiteral} */ (amount);
    /** @type {Intl.NumberFormatOptions} */
    const trailing = whole ? { trailingZeroDisplay: "stripIfInteger" } : {};
    if (!currency) return new Intl.NumberFormat(this.#language, trailing).format(value);
    return new Intl.NumberFormat(this.#language, { style: "currency", currency, currencyDisplay: "narrowSymbol", ...trailing }).format(value);
  }

  /** @param {string} points a decimal string, of up to 15 digits and 4 decimals */
  points(points) {
    return new Intl.NumberFormat(this.#language, { maximumFractionDigits: 4 }).format(/** @type {Intl.StringNumericLiteral} */ (points));
  }

  /** @param {number} share 0–1; small ones keep two significant digits */
  percent(share) {
    return share.toLocaleString(this.#language, { style: "percent", maximumSignificantDigits: share < 0.01 ? 2 : 3 });
  }

  /** The n of "one in n". @param {number} value 1 or more */
  oneIn(value) {
    return value.toLocaleString(this.#language, { maximumFractionDigits: value < 10 ? 1 : 0 });
  }

  /** What goes without saying is left out: this day, this year. @param {string | number} time RFC 3339 or unix ms */
  moment(time) {
    const at = new Date(time);
    const now = new Date();
    /** @type {Intl.DateTimeFormatOptions} */
    const clock = { hour: "numeric", minute: "2-digit" };
    if (at.toDateString() === now.toDateString()) return at.toLocaleString(this.#language, clock);
    const year = at.getFullYear() === now.getFullYear() ? undefined : "numeric";
    return at.toLocaleString(this.#language, { day: "numeric", month: "short", year, ...clock });
  }

  /** Day and time to the millisecond, as records are read. @param {string} time RFC 3339 */
  exactly(time) {
    return new Date(time).toLocaleString(this.#language, {
      year: "numeric", month: "short", day: "numeric", hour: "2-digit", minute: "2-digit", second: "2-digit", fractionalSecondDigits: 3, timeZoneName: "short",
    });
  }

  /** @param {number} ms 0 or more; the two largest units of d, h, min, s */
  span(ms) {
    const seconds = Math.max(0, Math.ceil(ms / 1000));
    const parts = /** @type {[number, string][]} */ ([
      [Math.floor(seconds / 86_400), "day"],
      [Math.floor(seconds / 3_600) % 24, "hour"],
      [Math.floor(seconds / 60) % 60, "minute"],
      [seconds % 60, "second"],
    ]);
    const first = Math.min(3, Math.max(0, parts.findIndex(([count]) => count > 0)));
    const shown = parts.slice(first, first + 2).filter(([count], index) => index === 0 || count > 0);
    return shown
      .map(([count, unit]) => count.toLocaleString(this.#language, { style: "unit", unit, unitDisplay: "narrow" }))
      .join(" ");
  }
}
