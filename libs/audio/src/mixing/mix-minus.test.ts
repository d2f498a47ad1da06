import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LIMIT, PeakLimiter } from '../peak-limiter.ts';
import { seeded } from '../simulation/seeded.ts';
import { MixMinus } from './mix-minus.ts';

const BLOCK = 80;

const noise = (random: () => number, level: number): Float32Array =>
  Float32Array.from({ length: BLOCK }, () => (2 * random() - 1) * level);

describe('mix-minus', () => {
  it('gives everybody the sum of all others: what adding up for each listener gives, for any numbers of people and levels', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 2 ** 31 }),
        fc.array(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 9 }), {
          minLength: 1,
          maxLength: 6,
        }),
        (seed, blocks) => {
          const random = seeded(seed);
          const people = Math.max(...blocks.map((levels) => levels.length));
          const conference = new MixMinus({ blockSamples: BLOCK, sampleRate: 8000 });
          const limiters = Array.from({ length: people }, () => new PeakLimiter(8000));
          for (let id = 0; id < people; id += 1) conference.add(id);
          for (const levels of blocks) {
            // A level of less than 0.2 stands for somebody who says nothing.
            const voices = levels.map((level) => (level < 0.2 ? undefined : noise(random, level)));
            voices.forEach((voice, id) => {
              if (voice !== undefined) conference.put(id, voice);
            });
            const heard = new Map<number, Float32Array>();
            conference.mix((id, pcm) => heard.set(id, pcm.slice()));
            let limited = false;
            for (let id = 0; id < people; id += 1) {
              const naive = new Float32Array(BLOCK);
              for (let i = 0; i < BLOCK; i += 1) {
                naive[i] = voices.reduce(
                  (sum, voice, other) => sum + (other === id ? 0 : (voice?.[i] ?? 0)),
                  0,
                );
              }
              const before = naive.slice();
              limiters[id]!.process(naive);
              limited ||= naive.some((sample, i) => sample !== before[i]);
              const mine = heard.get(id)!;
              for (let i = 0; i < BLOCK; i += 1) {
                expect(Math.abs(mine[i]!)).toBeLessThanOrEqual(LIMIT + 1e-6);
                // Who is silent in one block and speaks in the next has the limiter of the common mix, not one of their own.
                if (!limited) expect(mine[i]).toBeCloseTo(naive[i]!, 6);
              }
            }
            if (limited) return;
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  it('leaves nothing of a loud voice in what its speaker hears', () => {
    const conference = new MixMinus({ blockSamples: BLOCK });
    conference.add(1);
    conference.add(2);
    const quiet = new Float32Array(BLOCK).fill(1e-5);
    for (let block = 0; block < 10; block += 1) {
      conference.put(1, new Float32Array(BLOCK).fill(0.8));
      conference.put(2, quiet);
      conference.mix((id, pcm) => {
        if (id === 1) expect([...pcm]).toEqual([...quiet]);
      });
    }
  });

  it('never goes beyond the limit, and makes no step when somebody begins to speak in a loud room', () => {
    const conference = new MixMinus<string>({ blockSamples: BLOCK, sampleRate: 8000 });
    for (const id of ['a', 'b', 'c', 'd']) conference.add(id);
    let heard: number[] = [];
    for (let block = 0; block < 100; block += 1) {
      const hum = Float32Array.from({ length: BLOCK }, (_, i) =>
        Math.sin((2 * Math.PI * 100 * (block * BLOCK + i)) / 8000),
      );
      for (const id of ['a', 'b', 'c']) conference.put(id, hum);
      if (block >= 50) conference.put('d', new Float32Array(BLOCK).fill(0.5));
      conference.mix((id, pcm) => {
        expect(pcm.every((sample) => Math.abs(sample) <= LIMIT + 1e-6)).toBe(true);
        if (id === 'd') heard.push(...pcm);
      });
    }
    heard = heard.slice(10 * BLOCK);
    // A hum of 100 Hz at this level moves by 0.07 from sample to sample at most.
    for (let i = 1; i < heard.length; i += 1) expect(Math.abs(heard[i]! - heard[i - 1]!)).toBeLessThan(0.085);
  });

  it('hands all who are silent the same array, so that it is encoded once', () => {
    const conference = new MixMinus({ blockSamples: BLOCK });
    for (let id = 0; id < 5; id += 1) conference.add(id);
    conference.put(0, new Float32Array(BLOCK).fill(0.3));
    const arrays = new Set<Float32Array>();
    conference.mix((id, pcm, shared) => {
      expect(shared).toBe(id !== 0);
      expect(pcm[7]).toBeCloseTo(id === 0 ? 0 : 0.3, 6);
      if (shared) arrays.add(pcm);
    });
    expect(arrays.size).toBe(1);
    // Nothing of a block is left in the next one.
    conference.mix((_, pcm) => expect(pcm.every((sample) => sample === 0)).toBe(true));
  });

  it('takes part in no more than it may, and says what is wrong with a block', () => {
    const conference = new MixMinus({ blockSamples: BLOCK, maxParticipants: 2 });
    expect([conference.add(1), conference.add(2), conference.add(3), conference.add(1)]).toEqual([
      true,
      true,
      false,
      true,
    ]);
    expect(conference.put(3, new Float32Array(BLOCK))).toBe(false);
    conference.put(1, new Float32Array(BLOCK).fill(Number.NaN));
    conference.mix((_, pcm) => expect(pcm.every((sample) => sample === 0)).toBe(true));
    conference.put(1, new Float32Array(BLOCK).fill(0.5));
    conference.remove(1);
    conference.mix((id, pcm) => expect([id, pcm[0]]).toEqual([2, 0]));
    expect(conference.ids).toEqual([2]);
    expect(() => conference.put(2, new Float32Array(BLOCK + 1))).toThrow(/has 81 samples; give 80/);
    expect(() => new MixMinus({ blockSamples: 0 })).toThrow(/blockSamples is 0/);
  });
});
