import { describe, expect, it } from 'vitest';
import { EdgeCounters } from '../counters.ts';
import { Unaccounted } from './unaccounted.ts';

describe("the edge's check of its own books", () => {
  it('finds nothing while what was chosen is sent or waits', () => {
    const counters = new EdgeCounters();
    const fanOut = { pendingFrames: 0 };
    const check = new Unaccounted(counters, fanOut);
    counters.selectedFrames = 5;
    counters.preRollFrames = 3;
    counters.relay.selectedFrames = 4;
    counters.relay.preRollFrames = 2;
    counters.forwardedFrames = 11;
    fanOut.pendingFrames = 3;
    expect(check.chosen).toBe(14);
    expect(check.frames).toBe(0);
  });

  it('tells of frames that vanished or came from nowhere, and never takes that back', () => {
    const counters = new EdgeCounters();
    const check = new Unaccounted(counters, { pendingFrames: 0 });
    counters.selectedFrames = 10;
    counters.forwardedFrames = 8;
    expect(check.frames).toBe(2);
    counters.forwardedFrames = 10;
    expect(check.frames).toBe(2);
    counters.forwardedFrames = 13;
    expect(check.frames).toBe(3);
  });
});
