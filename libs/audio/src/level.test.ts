import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { audioLevelDbov, VoiceActivityDetector } from './level.ts';
import { seeded } from './simulation/seeded.ts';

describe('audio level (RFC 6464)', () => {
  it.each([
    [1, 0],
    [0.1, 20],
    [0.001, 60],
    [0, 127],
    [1e-9, 127],
  ])('of a constant %d is %i', (value, level) => {
    expect(audioLevelDbov(new Float32Array(960).fill(value))).toBe(level);
  });

  it('is 3 for a full-scale sine and 127 for nothing at all', () => {
    expect(audioLevelDbov(Float32Array.from({ length: 480 }, (_, i) => Math.sin((i * Math.PI) / 24)))).toBe(
      3,
    );
    expect(audioLevelDbov(new Float32Array(0))).toBe(127);
  });

  it('is always a whole number from 0 to 127', () => {
    fc.assert(
      fc.property(fc.float32Array({ maxLength: 64 }), (pcm) => {
        const level = audioLevelDbov(pcm);
        expect(Number.isInteger(level) && level >= 0 && level <= 127).toBe(true);
      }),
    );
  });
});

describe('voice activity', () => {
  it('begins with the first loud frame and ends after the hang-over', () => {
    const detector = new VoiceActivityDetector({ hangoverMs: 300 });
    for (let i = 0; i < 100; i += 1) expect(detector.update(75)).toBe(false);
    expect(detector.update(25)).toBe(true);
    expect(detector.spurtStarted).toBe(true);
    expect(detector.update(25)).toBe(true);
    expect(detector.spurtStarted).toBe(false);
    let activeFrames = 0;
    while (detector.update(75)) activeFrames += 1;
    expect(activeFrames).toBe(15);
    expect(detector.spurtEnded).toBe(true);
    detector.update(75);
    expect(detector.spurtEnded).toBe(false);
  });

  it('takes steady noise for background after a while, and hears a voice above it', () => {
    const random = seeded(2);
    const detector = new VoiceActivityDetector();
    const noise = () => Math.round(45 + random() * 4);
    for (let i = 0; i < 250; i += 1) detector.update(noise());
    for (let i = 0; i < 250; i += 1) expect(detector.update(noise())).toBe(false);
    expect(detector.update(28)).toBe(true);
  });

  it('hears somebody who talks from the very first frame and hardly pauses', () => {
    const detector = new VoiceActivityDetector();
    for (let i = 0; i < 500; i += 1) expect(detector.update(i % 8 < 6 ? 20 : 38)).toBe(true);
  });
});
