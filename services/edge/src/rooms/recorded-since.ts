/** A recording may have begun so long before its recorder came (back) to an edge, ms. */
const LONGEST_MS = 86_400_000;

/** The earlier of two times, of which 0 is none. */
export const earlier = (one: number, other: number): number =>
  one === 0 || other === 0 ? Math.max(one, other) : Math.min(one, other);

/** What a recorder says of itself, as far as it can be: not in the future, and no more than a day ago. */
export const believable = (sinceMs: number | undefined, nowMs: number): number =>
  sinceMs === undefined ? 0 : Math.min(nowMs, Math.max(sinceMs, nowMs - LONGEST_MS));
