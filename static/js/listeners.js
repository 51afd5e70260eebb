/**
 * How many connections listen to a channel now, in words; nothing where it is not known.
 * @param {import("./client.js").WheelhouseClient} client
 * @param {string} channel
 * @param {import("./format.js").Format} format
 * @returns {Promise<string | null>}
 */
export async function listening(client, channel, format) {
  const counts = await client.command("presence", { channel }).catch(() => null);
  if (counts === null) return null;
  return counts.connections === 1 ? "one connection" : `${format.integer(counts.connections)} connections`;
}
