import { describe, expect, it } from 'vitest';
import { framesPerMessage } from './coalesced.ts';
import { type Call, trafficOf } from './traffic.ts';
import { mediaBps } from './wire.ts';

const call: Call = {
  payloadBytes: 160,
  frameMs: 20,
  participants: 10,
  talkers: 5,
  lastN: 3,
  coalesceMs: 0,
  tls: false,
};

describe('trafficOf', () => {
  it('takes in what all say and gives everybody what is forwarded, speakers included', () => {
    const { edge, forwarded } = trafficOf(call);
    expect(forwarded).toBe(3);
    expect(mediaBps(edge.up)).toBe(5 * 8 * 50 * 192);
    expect(mediaBps(edge.down)).toBe(10 * 3 * 8 * 50 * 192);
    expect(edge.down.framesPerSecond).toBe(10 * 3 * 50);
  });

  it('is the sum of its participants', () => {
    const { edge, talker, listener } = trafficOf({ ...call, tls: true, coalesceMs: 10 });
    expect(edge.up.totalBps).toBeCloseTo(5 * talker.up.totalBps + 5 * listener.up.totalBps, 6);
    expect(edge.down.totalBps).toBeCloseTo(5 * talker.down.totalBps + 5 * listener.down.totalBps, 6);
  });

  it('forwards nothing to somebody who is alone', () => {
    const { edge } = trafficOf({ ...call, participants: 1, talkers: 1 });
    expect(edge.up.framesPerSecond).toBe(50);
    expect(edge.down.framesPerSecond).toBe(0);
  });
});

describe('framesPerMessage', () => {
  it('is exact for one talker: a wait of 30 ms takes every second frame of 20 ms along', () => {
    expect(framesPerMessage(1, 20, 30)).toBe(2);
    expect(framesPerMessage(1, 20, 12)).toBe(1);
    expect(framesPerMessage(5, 20, 0)).toBe(1);
  });

  it('of two talkers lets them meet as often as one begins within the wait after the other', () => {
    // They meet if the one begins within the wait after the other, whichever it is: 2 × 5 of 20 ms, else each goes alone.
    expect(framesPerMessage(2, 20, 5)).toBeGreaterThan(1.25);
    expect(framesPerMessage(2, 20, 5)).toBeLessThan(1.42);
  });

  it('grows with the wait and with the talkers, and never beyond what comes in the time', () => {
    for (let wait = 2; wait <= 100; wait += 7) {
      expect(framesPerMessage(5, 20, wait + 7)).toBeGreaterThanOrEqual(framesPerMessage(5, 20, wait));
      expect(framesPerMessage(6, 20, wait)).toBeGreaterThanOrEqual(framesPerMessage(5, 20, wait));
      expect(framesPerMessage(5, 20, wait)).toBeLessThanOrEqual(5 * (1 + wait / 20));
    }
  });
});
