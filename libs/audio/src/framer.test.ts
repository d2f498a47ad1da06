import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Framer } from './framer.ts';
import { seeded } from './simulation/seeded.ts';

describe('framer', () => {
  it('gives every sample once, in order, in frames of one length, whatever the chunks', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(2000), { maxLength: 30 }), (lengths) => {
        const samples: number[] = [];
        const framer = new Framer(960, 48000, (frame) => {
          expect(frame).toHaveLength(960);
          samples.push(...frame);
        });
        let at = 0;
        for (const length of lengths) {
          framer.push(
            Float32Array.from({ length }, (_, i) => at + i),
            at / 48,
          );
          at += length;
        }
        expect(samples).toEqual(Array.from({ length: Math.floor(at / 960) * 960 }, (_, i) => i));
      }),
    );
  });

  it('gives frames the time of their first sample, free of the noise of delivery', () => {
    const random = seeded(5);
    const times: number[] = [];
    const framer = new Framer(960, 48000, (_, captureTimeMs) => times.push(captureTimeMs));
    for (let i = 0; i < 5000; i += 1) {
      framer.push(new Float32Array(128), 1000 + (i * 128) / 48 + (i === 0 ? 0 : random() * 6 - 3));
    }
    times.forEach((time, i) => {
      expect(Math.abs(time - (1000 + i * 20))).toBeLessThan(1.5);
    });
  });

  it('follows a device whose clock is slow', () => {
    const times: number[] = [];
    const framer = new Framer(960, 48000, (_, captureTimeMs) => times.push(captureTimeMs));
    for (let i = 0; i < 30000; i += 1) framer.push(new Float32Array(128), ((i * 128) / 48) * 1.0002);
    const last = times.length - 1;
    expect(Math.abs(times[last]! - last * 20 * 1.0002)).toBeLessThan(1);
  });

  it('begins anew after the device paused', () => {
    const frames: { first: number; captureTimeMs: number }[] = [];
    const framer = new Framer(960, 48000, (frame, captureTimeMs) =>
      frames.push({ first: frame[0]!, captureTimeMs }),
    );
    framer.push(new Float32Array(1000).fill(1), 0);
    framer.push(new Float32Array(960).fill(2), 5000);
    expect(frames).toEqual([
      { first: 1, captureTimeMs: 0 },
      { first: 2, captureTimeMs: 5000 },
    ]);
    framer.push(new Float32Array(100), 5020);
    framer.reset();
    framer.push(new Float32Array(960).fill(3), 9000);
    expect(frames[2]).toEqual({ first: 3, captureTimeMs: 9000 });
  });
});
