import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { closeAdvice, closeName } from './close-codes.ts';
import { isIdentity, isRoomId, isStreamId } from './ids.ts';
import { ageOfMs, ageOfUs, distance16, distance32, SequenceExtender, wireMs, wireUs } from './serial.ts';

describe('serial numbers (RFC 1982)', () => {
  it('rule 13: distances survive the wrap', () => {
    expect(distance16(65_535, 0)).toBe(1);
    expect(distance16(0, 65_535)).toBe(-1);
    expect(distance32(0xffff_ffff, 2)).toBe(3);
    expect(distance32(2, 0xffff_ffff)).toBe(-3);
  });

  it('rule 13: extended sequences follow the true count through loss and reordering', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 0xffff }),
        fc.array(fc.integer({ min: -40, max: 900 }), { maxLength: 300 }),
        (start, steps) => {
          const extender = new SequenceExtender();
          const offset = extender.extend(start) - start;
          let highest = start;
          for (const step of steps) {
            const sequence = highest + step;
            // Nothing older than a turn before the start can be named.
            if (sequence < start - 40) continue;
            expect(extender.extend(((sequence % 65_536) + 65_536) % 65_536)).toBe(sequence + offset);
            highest = Math.max(highest, sequence);
          }
        },
      ),
    );
  });

  it('rule 12: ages come back from wrapped stamps', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1_600_000_000_000, max: 2_200_000_000_000 }),
        fc.integer({ min: -1000, max: 1000 }),
        (now, age) => {
          expect(ageOfMs(wireMs(now - age), now)).toBe(age);
          expect(ageOfUs(wireUs(now - age), now)).toBeCloseTo(age, 2);
        },
      ),
    );
  });
});

describe('names and codes', () => {
  it('rule 1: checks names', () => {
    expect(['a', 'Room-1.x_y', '9'].map(isRoomId)).toEqual([true, true, true]);
    expect(['', '.a', 'a/b', 'ä', 'a'.repeat(65)].map(isRoomId)).toEqual([false, false, false, false, false]);
    expect([
      isIdentity('Ana María 😀'),
      isIdentity(''),
      isIdentity('a\nb'),
      isIdentity('x'.repeat(129)),
    ]).toEqual([true, false, false, false]);
    expect([isStreamId(1), isStreamId(0), isStreamId(1.5), isStreamId(2 ** 32)]).toEqual([
      true,
      false,
      false,
      false,
    ]);
  });

  it('rule 30: the range of a close code says what to do, known or not', () => {
    expect([4000, 4099, 4100, 4199, 4200, 4299, 1006, 1001].map(closeAdvice)).toEqual([
      'stop',
      'stop',
      'reconnect',
      'reconnect',
      'rejoin',
      'rejoin',
      'reconnect',
      'reconnect',
    ]);
    expect([closeName(4005), closeName(4999)]).toEqual(['replaced', undefined]);
  });
});
