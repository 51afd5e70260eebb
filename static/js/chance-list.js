/** @typedef {{line: number, user_id: string, chance_count: number, grant_id: string | null}} Line a grant of a list */

/** The most that one grant holds. */
const MOST = 10_000;

/**
 * Read a pasted list or a CSV file: a player a line, then how many chances (one where nothing is said), then an id of the
 * grant's own, between commas, semicolons or tabs. A first line of headings is passed over.
 * @param {string} text
 * @returns {{lines: Line[], faults: string[]}} `faults` say which line does not fit, and how
 */
export function readChanceList(text) {
  /** @type {Line[]} */
  const lines = [];
  /** @type {string[]} */
  const faults = [];
  text.split(/\r\n|\r|\n/).forEach((written, at) => {
    const [user_id = "", count = "", grant_id = ""] = cells(written);
    if (written.trim() === "" || (at === 0 && count !== "" && !/\d/.test(count))) return;
    const chance_count = count === "" ? 1 : Number(count);
    if (user_id === "" || user_id.length > 128) faults.push(`Line ${at + 1}: a player's id has 1 to 128 characters.`);
    else if (!Number.isInteger(chance_count) || chance_count < 1 || chance_count > MOST) faults.push(`Line ${at + 1}: “${count}” is no number from 1 to ${MOST}.`);
    else if (grant_id.length > 128) faults.push(`Line ${at + 1}: a grant's id has at most 128 characters.`);
    else lines.push({ line: at + 1, user_id, chance_count, grant_id: grant_id || null });
  });
  return { lines, faults };
}

/**
 * The cells of a line of CSV; one between quotes may hold what separates cells, and quotes written twice.
 * @param {string} line
 */
function cells(line) {
  return [...line.matchAll(/\s*("(?:[^"]|"")*"|[^,;\t]*)\s*(?:[,;\t]|$)/g)].map(([, cell]) => (cell.startsWith('"') ? cell.slice(1, -1).replaceAll('""', '"') : cell.trim()));
}
