/** @typedef {import("./protocol.js").Engine} Engine */
/** @typedef {{to: string, label: string, quiet?: boolean, reason?: boolean, words: string}} EngineMove */

/** How an engine's status is said. @type {Record<string, string>} */
export const ENGINE_STATUSES = { draft: "Draft", active: "Active", maintenance: "In maintenance", retired: "Retired" };

/** What an operator may do next, by status. @type {Record<string, EngineMove[]>} */
export const ENGINE_MOVES = {
  draft: [{ to: "active", label: "Activate", words: "Its wheels can be opened from now on." }],
  active: [
    { to: "maintenance", label: "Maintenance", quiet: true, reason: true, words: "Its wheels take no more spins, at once and everywhere. Spins that turn go on to their results, and chances are kept." },
    { to: "retired", label: "Retire", quiet: true, reason: true, words: "Nothing is made or opened on it again. This cannot be undone. All its wheels must have ended." },
  ],
  maintenance: [
    { to: "active", label: "Back to work", words: "Its open wheels take spins again at once." },
    { to: "retired", label: "Retire", quiet: true, reason: true, words: "Nothing is made or opened on it again. This cannot be undone. All its wheels must have ended." },
  ],
};

/** What an engine's code says that it can, in a line. @param {Record<string, unknown>} capabilities */
export function capabilityWords(capabilities) {
  return Object.entries(capabilities)
    .filter(([, value]) => value !== false && value !== null && !(Array.isArray(value) && value.length === 0))
    .map(([key, value]) => (value === true ? key.replaceAll("_", " ") : `${key.replaceAll("_", " ")}: ${Array.isArray(value) ? value.join(", ") : typeof value === "object" ? JSON.stringify(value) : String(value)}`))
    .join(" · ");
}
