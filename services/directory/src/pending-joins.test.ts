import { describe, expect, it } from 'vitest';
import { PendingJoins } from './pending-joins.ts';

describe('PendingJoins', () => {
  it('counts joins by edge and room until a heartbeat must have told', () => {
    const pending = new PendingJoins();
    pending.add('a', 'lobby', 0);
    pending.add('a', 'other', 1_000);
    const early = pending.counts(2_000);
    expect([early.onEdge('a'), early.inRoom('a', 'lobby'), early.onEdge('b')]).toEqual([2, 1, 0]);
    const later = pending.counts(2_500);
    expect([later.onEdge('a'), later.inRoom('a', 'lobby')]).toEqual([1, 0]);
    expect(pending.counts(3_500).onEdge('a')).toBe(0);
  });

  it('is bounded', () => {
    const pending = new PendingJoins();
    for (let join = 0; join < 60_000; join++) pending.add('a', 'lobby', 0);
    expect(pending.counts(0).onEdge('a')).toBe(50_000);
    expect(pending.counts(5_000).onEdge('a')).toBe(0);
  });
});
