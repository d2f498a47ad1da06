import { describe, expect, it } from 'vitest';
import { Coalescing } from './coalescing.ts';

/** An edge whose load is what it sends, at the price that coalescing leaves. */
const run = (coalescing: Coalescing, seconds: number, uncoalescedLoad: number): number[] => {
  const framesPerTick = 10_000 * uncoalescedLoad;
  const shares: number[] = [];
  for (let tick = 0; tick < seconds * 10; tick++) {
    sent += framesPerTick;
    coalescing.update(uncoalescedLoad / (1 + coalescing.share), sent);
    shares.push(coalescing.share);
  }
  return shares;
};
let sent = 0;

describe('coalescing', () => {
  it('does not begin before the load is there', () => {
    sent = 0;
    expect(Math.max(...run(new Coalescing(0.6), 60, 0.55))).toBe(0);
  });

  it('begins within 1.5 s of a load and stays, though it lowers the load', () => {
    sent = 0;
    const shares = run(new Coalescing(0.6), 60, 0.75);
    expect(Math.min(...shares.slice(15))).toBe(1);
  });

  it('ends when what is sent falls', () => {
    sent = 0;
    const coalescing = new Coalescing(0.6);
    run(coalescing, 10, 0.8);
    expect(coalescing.share).toBe(1);
    run(coalescing, 5, 0.4);
    expect(coalescing.share).toBe(0);
  });

  it('looks again now and then whether the load would be there without', () => {
    sent = 0;
    const coalescing = new Coalescing(0.6);
    run(coalescing, 10, 0.7);
    const shares = run(coalescing, 300, 0.7);
    expect(shares.some((share) => share === 0)).toBe(true);
    expect(shares.filter((share) => share === 1).length / shares.length).toBeGreaterThan(0.5);
  });

  it('is always on from load 0', () => {
    expect(new Coalescing(0).share).toBe(1);
  });
});
