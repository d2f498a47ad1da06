import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { THIN_MS, type ThinCase, throughThinLink } from '../test/thin-call.ts';

const KIB = 1_024;
const network = (more: Partial<ThinCase> = {}): ThinCase => ({
  bitsPerSecond: 8_000,
  delayMs: () => 20,
  systemBytes: 64 * KIB,
  phaseMs: 0,
  ...more,
});

describe('an uplink that is thin for 5 s', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('of 8 kbit/s: is fresh again within 1 s, counts what it dropped, and fills no buffer, whatever the network', () => {
    const networks = fc.record({
      bitsPerSecond: fc.integer({ min: 6_000, max: 12_000 }),
      systemBytes: fc.constantFrom(4 * KIB, 8 * KIB, 16 * KIB, 32 * KIB, 64 * KIB),
      baseMs: fc.integer({ min: 1, max: 50 }),
      jitterMs: fc.integer({ min: 0, max: 30 }),
      phaseMs: fc.integer({ min: 0, max: 400 }),
      seed: fc.integer(),
    });
    fc.assert(
      fc.property(networks, ({ baseMs, jitterMs, seed, ...rest }) => {
        let state = seed;
        const delayMs = (): number => {
          state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
          return baseMs + (jitterMs * (state >>> 16)) / 0x1_0000;
        };
        const { uplink, link, spokenFrames, worstAfterMs, freshAfterMs } = throughThinLink({
          ...rest,
          delayMs,
        });
        expect(worstAfterMs(1_000)).toBeLessThan(200);
        expect(freshAfterMs).toBeLessThan(500);
        // 0.6 s of the usual voice, whatever the system would take.
        expect(link.peakBytes).toBeLessThan(3_600);
        const { droppedFrames, sentFrames } = uplink.stats;
        expect(droppedFrames).toBeGreaterThan(20);
        expect(sentFrames + droppedFrames).toBe(spokenFrames);
        expect(link.arrived).toHaveLength(sentFrames);
        expect(uplink.pace.maxBitrateBps).toBeUndefined();
        vi.clearAllTimers();
      }),
      { numRuns: 60, seed: 20_261_129 },
    );
    // A second where nothing else runs.
  }, 30_000);

  it.each([
    [8_000, 700, 100],
    [16_000, 3_500, 250],
    [24_000, 4_300, 350],
  ])(
    'of %i bit/s: brings at least %i ms of the voice in time, of which a plain queue brings under %i',
    (rate, least, plain) => {
      const kept = throughThinLink(network({ bitsPerSecond: rate }));
      expect(kept.heardMs).toBeGreaterThan(least);
      expect(kept.framesOf(60)).toBeGreaterThan(kept.framesOf(20) / 4);
      // An edge that confirms nothing: everything goes into the system's buffer.
      const queued = throughThinLink(network({ bitsPerSecond: rate, confirms: false }));
      expect(queued.heardMs).toBeLessThan(plain);
      expect(queued.link.peakBytes).toBeGreaterThan(4 * kept.link.peakBytes);
    },
  );

  it('of 20 kbit/s, and stays so: settles at what passes, and tries for more ever less often', () => {
    const { uplink, link } = throughThinLink(network({ bitsPerSecond: 20_000 }));
    expect(uplink.pace.maxBitrateBps).toBeUndefined();
    expect(link.peakBytes).toBeLessThan(3_600);
  });

  it('of 60 kbit/s: is not thin for voice at all', () => {
    const { uplink, heardMs, framesOf } = throughThinLink(network({ bitsPerSecond: 60_000 }));
    expect(uplink.stats.droppedFrames).toBe(0);
    expect(heardMs).toBeGreaterThan(THIN_MS - 60);
    expect(framesOf(20)).toBeGreaterThanOrEqual(THIN_MS / 20 - 2);
  });
});
