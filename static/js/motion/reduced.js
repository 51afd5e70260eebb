const query = matchMedia("(prefers-reduced-motion: reduce)");

/** Whether the reader has asked for less motion: the same facts then come with cross-fades. */
export function motionReduced() {
  return query.matches;
}
