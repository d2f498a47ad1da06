import { FLAG_PRE_ROLL, FLAG_SELECTION_END, FLAG_SELECTION_START } from '@partyline/protocol';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { frame } from '../test/fake-service.ts';
import { type Accepted, IncomingStream } from './incoming-stream.ts';

const take = (stream: IncomingStream, sequence: number, flags = 0, transitMs = 0): Accepted =>
  stream.accept(frame({ sequence: sequence & 0xffff, flags }), transitMs, 0);

describe('IncomingStream', () => {
  it('counts the gap before a frame as lost, once', () => {
    const stream = new IncomingStream();
    take(stream, 65_534);
    expect(take(stream, 1)).toMatchObject({ kind: 'next', lostBefore: 2, restart: false });
    expect(stream.lostFrames).toBe(2);
  });

  it('takes a loss back when the frame comes after all, too late to be decoded', () => {
    const stream = new IncomingStream();
    take(stream, 1);
    take(stream, 3);
    expect(take(stream, 2)).toEqual({ kind: 'late' });
    expect(take(stream, 2)).toEqual({ kind: 'duplicate' });
    expect(stream).toMatchObject({ receivedFrames: 3, lostFrames: 0, lateFrames: 1 });
  });

  it.each([
    ['the stream is selected anew', FLAG_SELECTION_START],
    ['pre-roll begins', FLAG_PRE_ROLL],
  ])('calls a gap no loss when %s', (_, flags) => {
    const stream = new IncomingStream();
    take(stream, 1);
    expect(take(stream, 90, flags)).toMatchObject({ lostBefore: 0, restart: true });
    expect(stream.lostFrames).toBe(0);
  });

  it('does not give on what waited in the socket of a process that stood still, and begins anew after it', () => {
    const stream = new IncomingStream();
    const at = (sequence: number, ageMs: number, nowMs: number): Accepted =>
      stream.accept(frame({ sequence }), ageMs, nowMs);
    for (let n = 1; n <= 10; n += 1)
      expect(at(n, 40, 20 * n)).toMatchObject({ kind: 'next', restart: n === 1 });
    for (let n = 11; n <= 35; n += 1) expect(at(n, 10_000 - 20 * n, 10_200)).toEqual({ kind: 'late' });
    expect(at(36, 45, 10_300)).toMatchObject({ kind: 'next', lostBefore: 0, restart: true });
    expect(at(37, 40, 10_320)).toMatchObject({ kind: 'next', restart: false });
    expect(stream).toMatchObject({ receivedFrames: 37, lateFrames: 25, lostFrames: 0, heardMs: 240 });
  });

  it('takes a stream that is late for 3 s as it is', () => {
    const stream = new IncomingStream();
    const at = (sequence: number, ageMs: number): Accepted =>
      stream.accept(frame({ sequence }), ageMs, 20 * sequence);
    at(1, 40);
    const given: number[] = [];
    for (let n = 2; n <= 300; n += 1) if (at(n, 5_000).kind === 'next') given.push(n);
    expect(given[0]).toBe(153);
    expect(given).toHaveLength(148);
  });

  it('calls a gap no loss after the end of a selection', () => {
    const stream = new IncomingStream();
    take(stream, 1, FLAG_SELECTION_END);
    expect(take(stream, 30)).toMatchObject({ lostBefore: 0, restart: true });
  });

  it('still counts a gap between two frames of pre-roll', () => {
    const stream = new IncomingStream();
    take(stream, 1);
    take(stream, 20, FLAG_PRE_ROLL);
    expect(take(stream, 22, FLAG_PRE_ROLL)).toMatchObject({ lostBefore: 1 });
  });

  it('follows a speaker that begins anew with the same stream id', () => {
    const stream = new IncomingStream();
    const first = take(stream, 20_000) as { sequence: number };
    expect(take(stream, 10).kind).toBe('late');
    const again = take(stream, 11) as { kind: string; sequence: number };
    expect(again.kind).toBe('next');
    expect(again.sequence).toBeGreaterThan(first.sequence);
    expect(take(stream, 12)).toMatchObject({ kind: 'next', sequence: again.sequence + 1 });
  });

  it('measures jitter as RFC 3550 does, pre-roll apart', () => {
    const stream = new IncomingStream();
    take(stream, 1, 0, 10);
    take(stream, 2, 0, 26);
    expect(stream.jitterMs).toBe(1);
    take(stream, 3, FLAG_PRE_ROLL, 500);
    expect(stream.jitterMs).toBe(1);
  });

  it('gives every frame on once, in order, and its books balance, however the network shuffles', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 0xffff }),
        fc.array(
          fc.record({ offset: fc.integer({ min: 0, max: 40 }), copies: fc.integer({ min: 0, max: 3 }) }),
          {
            minLength: 1,
            maxLength: 200,
          },
        ),
        (start, plan) => {
          // Frame i is sent `copies` times and arrives up to 40 places late.
          const arrivals = plan
            .flatMap(({ offset, copies }, index) =>
              Array.from({ length: copies }, (_, copy) => ({ index, at: index + (copy === 0 ? 0 : offset) })),
            )
            .sort((a, b) => a.at - b.at);
          const stream = new IncomingStream();
          const given: number[] = [];
          let lost = 0;
          for (const { index } of arrivals) {
            const accepted = take(stream, start + index);
            if (accepted.kind !== 'next') continue;
            given.push(accepted.sequence);
            lost += accepted.lostBefore;
          }
          expect(given).toEqual([...new Set(given)].sort((a, b) => a - b));
          const distinct = new Set(arrivals.map(({ index }) => index));
          expect(stream.receivedFrames).toBe(distinct.size);
          if (given.length > 0) {
            expect(given.length + lost).toBe(given.at(-1)! - given[0]! + 1);
            expect(stream.receivedFrames + stream.lostFrames).toBe(given.at(-1)! - given[0]! + 1);
          }
        },
      ),
    );
  });
});
