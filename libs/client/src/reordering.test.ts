import { FLAG_SELECTION_START } from '@partyline/protocol';
import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { frame } from '../test/fake-service.ts';
import { IncomingStream } from './incoming-stream.ts';
import { Reordering } from './reordering.ts';
import { systemTimers } from './timers.ts';

describe('Reordering', () => {
  let stream: IncomingStream;
  let given: number[];
  let lost: number;
  let late: number;
  let duplicates: number;
  let order: Reordering;
  let nowMs: number;

  const begin = (): void => {
    stream = new IncomingStream();
    given = [];
    lost = 0;
    late = 0;
    duplicates = 0;
    nowMs = 0;
    order = new Reordering(
      systemTimers,
      (of, received) => {
        const accepted = of.accept(received, 0, nowMs, !order.overlapping);
        if (accepted.kind === 'next') {
          given.push(accepted.sequence & 0xffff);
          lost += accepted.lostBefore;
        } else if (accepted.kind === 'late') late += 1;
        else duplicates += 1;
      },
      () => {
        duplicates += 1;
      },
    );
  };
  const take = (sequence: number, flags = 0): void =>
    order.take(stream, frame({ sequence: sequence & 0xffff, flags }), 0, nowMs);
  const advance = (ms: number): void => {
    nowMs += ms;
    vi.advanceTimersByTime(ms);
  };

  beforeEach(() => {
    vi.useFakeTimers();
    begin();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('waits for what was overtaken, and then gives all of it at once', () => {
    for (const sequence of [65_534, 1, 0, 65_535]) take(sequence);
    expect(given).toEqual([65_534, 65_535, 0, 1]);
    expect({ lost, late }).toEqual({ lost: 0, late: 0 });
  });

  it('takes for lost what has not come after 40 ms', () => {
    take(1);
    take(3);
    advance(39);
    expect(given).toEqual([1]);
    advance(1);
    expect(given).toEqual([1, 3]);
    expect(lost).toBe(1);
  });

  it('takes for lost what three others have overtaken', () => {
    for (const sequence of [1, 3, 4, 5]) take(sequence);
    expect(given).toEqual([1, 3, 4, 5]);
    expect(lost).toBe(1);
  });

  it('waits for each of two holes', () => {
    for (const sequence of [1, 3, 5, 2, 4]) take(sequence);
    expect(given).toEqual([1, 2, 3, 4, 5]);
  });

  it('does not wait again soon after it waited in vain: losses must not cost delay', () => {
    take(1);
    take(3);
    advance(40);
    take(5);
    expect(given).toEqual([1, 3, 5]);
    advance(10_000);
    take(7);
    expect(given).toEqual([1, 3, 5]);
    take(6);
    expect(given).toEqual([1, 3, 5, 6, 7]);
  });

  it('waits at any gap while two connections bring frames, on purpose or not', () => {
    take(1);
    order.overlapping = true;
    take(3, FLAG_SELECTION_START);
    take(2);
    expect(given).toEqual([1, 2, 3]);
  });

  it('does not wait where a gap is on purpose or long', () => {
    take(1);
    take(3, FLAG_SELECTION_START);
    take(40);
    expect(given).toEqual([1, 3, 40]);
  });

  it('knows a copy of what waits', () => {
    for (const sequence of [1, 4, 3, 4, 3]) take(sequence);
    expect(duplicates).toBe(2);
    take(2);
    expect(given).toEqual([1, 2, 3, 4]);
  });

  it('lets go of everything when asked to', () => {
    for (const sequence of [1, 3, 5]) take(sequence);
    order.flushAll();
    expect(given).toEqual([1, 3, 5]);
    advance(1_000);
    expect(given).toEqual([1, 3, 5]);
  });

  it('does not take an old path that is far behind for a speaker who begins anew', () => {
    for (let sequence = 1; sequence <= 100; sequence += 1) take(sequence);
    order.overlapping = true;
    for (let sequence = 5; sequence <= 20; sequence += 1) take(sequence);
    take(101);
    expect(given.at(-1)).toBe(101);
    expect(given).toHaveLength(101);
    order.overlapping = false;
    take(7);
    take(8);
    expect(given.at(-1)).toBe(8);
  });

  it('gives every frame once and in order, or counts it as late, however two paths interleave', () => {
    // The old path brings all up to the end of the overlap, the new one all from its beginning on, each in order.
    const paths = fc.record({
      start: fc.integer({ min: 0, max: 0xffff }),
      frames: fc.integer({ min: 1, max: 60 }),
      shadowFrom: fc.double({ min: 0, max: 1, noNaN: true }),
      oldUntil: fc.double({ min: 0, max: 1, noNaN: true }),
      /** Which path is next, and how much time passes before. */
      steps: fc.array(fc.record({ old: fc.boolean(), ms: fc.constantFrom(0, 0, 0, 7, 20, 70) }), {
        minLength: 120,
        maxLength: 120,
      }),
    });
    fc.assert(
      fc.property(paths, ({ start, frames, shadowFrom, oldUntil, steps }) => {
        begin();
        order.overlapping = true;
        const from = Math.floor(shadowFrom * (frames - 1));
        const until = Math.max(from, Math.floor(oldUntil * frames));
        const old = Array.from({ length: until }, (_, index) => index);
        const fresh = Array.from({ length: frames - from }, (_, index) => from + index);
        const arrived = new Set<number>();
        let arrivals = 0;
        for (const step of steps) {
          const index = (step.old ? (old.shift() ?? fresh.shift()) : (fresh.shift() ?? old.shift())) as
            | number
            | undefined;
          if (index === undefined) break;
          advance(step.ms);
          take(start + index);
          arrived.add(index);
          arrivals += 1;
        }
        order.flushAll();
        expect(arrived.size).toBe(frames);
        expect(given.length + late).toBe(frames);
        expect(duplicates).toBe(arrivals - frames);
        const steadily = given.every((sequence, i) => {
          const step = i === 0 ? 1 : (sequence - given[i - 1]! + 0x1_0000) % 0x1_0000;
          return step >= 1 && step <= frames;
        });
        expect(steadily).toBe(true);
        // All of it came: what was missed at first is late, not lost. What lies before the first is no loss.
        expect(stream.receivedFrames).toBe(frames);
        expect(stream.lostFrames).toBe(0);
      }),
      { numRuns: 300 },
    );
  });

  it('loses nothing and has nothing late while one path is at most two frames ahead of the other', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 0xffff }),
        fc.array(fc.boolean(), { minLength: 100, maxLength: 100 }),
        (start, choices) => {
          begin();
          order.overlapping = true;
          // The stream was heard before; then both paths bring everything, up to two frames apart.
          take(start);
          let old = 1;
          let fresh = 1;
          for (const preferOld of choices) {
            if ((preferOld && old - fresh < 2) || fresh - old >= 2) {
              take(start + old);
              old += 1;
            } else {
              take(start + fresh);
              fresh += 1;
            }
          }
          order.flushAll();
          expect(given.length).toBe(Math.max(old, fresh));
          expect({ lost, late }).toEqual({ lost: 0, late: 0 });
        },
      ),
    );
  });
});
