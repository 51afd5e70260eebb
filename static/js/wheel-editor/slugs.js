/**
 * A code out of a name: `Captain's cap` is `captain-s-cap`.
 * @param {string} name
 * @param {number} longest
 */
export function slugOf(name, longest = 64) {
  const plain = name.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
  return plain.replace(/[^a-z0-9]+/g, "-").slice(0, longest).replace(/^-+|-+$/g, "");
}

/**
 * The code itself, or with the first number that makes it one of its own.
 * @param {string} slug
 * @param {string[]} taken
 */
export function freeSlug(slug, taken) {
  if (slug !== "" && !taken.includes(slug)) return slug;
  let number = 2;
  while (taken.includes(`${slug || "segment"}-${number}`)) number += 1;
  return `${slug || "segment"}-${number}`;
}
