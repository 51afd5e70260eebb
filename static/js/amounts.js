/**
 * A decimal amount so many times, exactly.
 * @param {string} amount a decimal string
 * @param {number} count a whole number
 */
export function times(amount, count) {
  const [whole, decimals = ""] = amount.split(".");
  const text = String(BigInt(whole + decimals) * BigInt(count)).padStart(decimals.length + 1, "0");
  return decimals === "" ? text : `${text.slice(0, -decimals.length)}.${text.slice(-decimals.length)}`;
}
