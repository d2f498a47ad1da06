import { LEAST_MOVES_PER_SECOND, MOVE_SPREAD_SHARE } from '../limits.ts';

/** One thing to do, and when: ms after the start. */
export interface Scheduled<Item> {
  item: Item;
  afterMs: number;
}

/**
 * Spreads moves evenly over the first three quarters of a window, the groups one after the other: a room that
 * moves as one is placed as one. A few are spread over less, for nobody gains by waiting.
 */
export const spread = <Item>(groups: readonly (readonly Item[])[], windowMs: number): Scheduled<Item>[] => {
  const items = groups.flat();
  const spreadMs = Math.min(windowMs * MOVE_SPREAD_SHARE, (items.length / LEAST_MOVES_PER_SECOND) * 1_000);
  return items.map((item, index) => ({ item, afterMs: (index / items.length) * spreadMs }));
};
