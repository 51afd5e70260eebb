import { callAs } from "./session.js";

/** So many wheels can be chosen from. */
const MOST = 200;

/**
 * The names of the tenant's wheels, by id and in their order; none when they cannot be had.
 * @returns {Promise<Map<string, string>>}
 */
export async function wheelNames() {
  const { items } = await callAs(`/api/v1/wheels?sort=name&limit=${MOST}`).catch(() => ({ items: [] }));
  return new Map(items.map((/** @type {import("./protocol.js").Wheel} */ { id, wheel_name }) => [id, wheel_name]));
}
