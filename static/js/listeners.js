/**
 * How many others listen to a channel now, in words; nothing where it is not known.
 * @param {import("./client.js").WheelhouseClient} client
 * @param {string} channel
 * @param {import("./format.js").Format} format
 * @returns {Promise<string | null>}
 */
export async function othersAt(client, channel, format) {
  const counts = await client.command("presence", { channel }).catch(() => null);
  if (counts === null) return null;
  const others = counts.connections - (client.listensTo(channel) ? 1 : 0);
  if (others <= 0) return "nobody else";
  return others === 1 ? "one other connection" : `${format.integer(others)} other connections`;
}
