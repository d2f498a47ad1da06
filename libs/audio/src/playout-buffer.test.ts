import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { play, type SimulatedFrame, silences, sineFrames, steepest } from '../test/playout-simulation.ts';
import { PlayoutBuffer } from './playout-buffer.ts';
import { seeded } from './simulation/seeded.ts';

/** Greatest step between samples of the test's sine; a click is a multiple of it. */
const SINE_STEP = 0.5 * ((2 * Math.PI * 440) / 48000);

const lan = (seed: number) => {
  const random = seeded(seed);
  return () => 10 + random() * 6;
};

describe('play-out buffer', () => {
  it('is silent when nothing was pushed', () => {
    const buffer = new PlayoutBuffer();
    const out = new Float32Array(4800).fill(1);
    buffer.pull(out);
    expect(out.every((sample) => sample === 0)).toBe(true);
    expect(buffer.stats).toMatchObject({ bufferedMs: 0, underruns: 0, lastPlayedCaptureTimeMs: undefined });
  });

  it('holds at most 40 ms when arrivals vary by ±3 ms, and plays every sample unchanged', () => {
    const frames = sineFrames(500, lan(1));
    let greatestMs = 0;
    const { output, stats } = play(frames, {
      observe: (buffer) => {
        greatestMs = Math.max(greatestMs, buffer.bufferedMs);
      },
    });
    expect(greatestMs).toBeLessThanOrEqual(40);
    expect(stats).toMatchObject({ late: 0, lost: 0, underruns: 0, stretchedMs: 0, playedFrames: 500 });
    // Beyond the fade-in the output is the input, only later.
    const start = output.findIndex((sample) => sample !== 0);
    const expected = frames.flatMap(({ pcm }) => [...pcm]);
    const shift = Math.round(start / 48) * 48 - 48;
    const offset = [...Array(200).keys()]
      .map((i) => shift + i)
      .find((at) => output[at + 24000] === expected[24000]);
    expect(offset).toBeDefined();
    const changed = expected.filter((sample, i) => i >= 1000 && output[i + offset!] !== sample);
    expect(changed).toEqual([]);
  });

  it('tells the capture time of what is played', () => {
    const pcm = new Float32Array(960).fill(0.1);
    const buffer = new PlayoutBuffer();
    for (let i = 0; i < 3; i += 1) {
      if (i > 0) buffer.pull(new Float32Array(960));
      buffer.push(pcm, i, 5000 + i * 20, 100 + i * 20);
    }
    buffer.pull(new Float32Array(Math.round((buffer.bufferedMs - 30) * 48)));
    expect(buffer.stats.lastPlayedCaptureTimeMs).toBeCloseTo(5030, 1);
    expect(buffer.stats).toMatchObject({ begunSequence: 1 });
    expect(buffer.stats.begunCaptureTimeMs).toBeCloseTo(5030, 1);
    // Long after the last frame its delay is still that at which it was played.
    buffer.pull(new Float32Array(100 * 48));
    expect(buffer.stats.lastPlayedCaptureTimeMs).toBeCloseTo(5060, 1);
    expect(buffer.stats).toMatchObject({ begunSequence: 2 });
    expect(buffer.stats.begunCaptureTimeMs).toBeCloseTo(5130, 1);
  });

  it.each([true, false])(
    'settles under seeded jitter of 0 to 120 ms, without a click (in order: %s)',
    (inOrder) => {
      for (let seed = 1; seed <= 5; seed += 1) {
        const random = seeded(seed);
        const { output, stats } = play(sineFrames(1000, () => 10 + random() * 120, { inOrder }));
        expect(steepest(output)).toBeLessThan(SINE_STEP * 2);
        expect(stats.late + stats.lost).toBeLessThan(60);
        expect(stats.underruns).toBeLessThan(8);
        expect(stats.targetMs).toBeGreaterThan(100);
        // What goes wrong goes wrong while the jitter is learnt, not after.
        const later = output.subarray(48000 * 5, 48000 * 19);
        expect(silences(later).length).toBeLessThanOrEqual(2);
      }
    },
  );

  it.each([-200, 0, 200])(
    'comes back under 80 ms within 5 s of a 300 ms stall, with %i ppm of drift',
    (ppm) => {
      for (let seed = 1; seed <= 5; seed += 1) {
        const transit = lan(seed);
        const frames = sineFrames(
          600,
          (timeMs) => transit() + (timeMs > 4000 && timeMs < 4300 ? 4300 - timeMs : 0),
          { ppm },
        );
        const afterMs: number[] = [];
        const { output, stats } = play(frames, {
          observe: (buffer, nowMs) => {
            if (nowMs > 9300 && nowMs < 11900) afterMs.push(buffer.bufferedMs);
          },
        });
        expect(Math.max(...afterMs)).toBeLessThan(80);
        expect(steepest(output)).toBeLessThan(SINE_STEP * 2);
        expect(stats).toMatchObject({ late: 0, lost: 0, skippedMs: 0, playedFrames: 600 });
        expect(stats.underruns).toBeGreaterThanOrEqual(1);
        expect(stats.underruns).toBeLessThanOrEqual(2);
      }
    },
  );

  it.each([-200, 200])('follows a clock that is off by %i ppm for two minutes without running dry', (ppm) => {
    let greatestMs = 0;
    const { stats } = play(sineFrames(6000, lan(3), { ppm }), {
      observe: (buffer) => {
        greatestMs = Math.max(greatestMs, buffer.bufferedMs);
      },
    });
    expect(greatestMs).toBeLessThan(60);
    expect(stats.underruns).toBeLessThanOrEqual(1);
    expect(stats.playedFrames).toBe(6000);
  });

  it('drops what comes more than the greatest target late, counts it, and does not lag behind for good', () => {
    const { stats } = play(sineFrames(600, (t) => 10 + (t > 4000 && t < 6000 ? 6000 - t : 0)));
    expect(stats.late).toBeGreaterThan(70);
    expect(stats.late).toBeLessThan(90);
    expect(stats).toMatchObject({ lost: 0, underruns: 1 });
    expect(stats.delayMs).toBeLessThan(60);
  });

  it('takes to a path that became slower for good', () => {
    const { stats } = play(sineFrames(1000, (t) => 10 + (t > 4000 ? 800 : 0)));
    expect(stats.late).toBeLessThan(40);
    expect(stats.playedFrames).toBeGreaterThan(950);
  });

  it('keeps pauses as long as they were', () => {
    const random = seeded(9);
    const gapsMs = [200, 500, 1230, 340];
    const frames: SimulatedFrame[] = [];
    let captureTimeMs = 0;
    for (const gapMs of [...gapsMs, 0]) {
      for (let i = 0; i < 25; i += 1) {
        const pcm = new Float32Array(960).fill(0.3);
        const arrivalMs = captureTimeMs + 30 + random() * 6;
        const options = { spurtStart: i === 0, spurtEnd: i === 24 };
        frames.push({ sequence: frames.length, captureTimeMs, arrivalMs, pcm, options });
        captureTimeMs += 20;
      }
      captureTimeMs += gapMs;
    }
    const { output, stats } = play(frames);
    const heardMs = silences(output, 0.15, 480)
      .slice(1, -1)
      .map(([start, end]) => (end - start) / 48);
    expect(heardMs).toHaveLength(gapsMs.length);
    // Half of each fade lies below the threshold.
    heardMs.forEach((ms, i) => {
      expect(Math.abs(ms - gapsMs[i]!)).toBeLessThan(8);
    });
    expect(stats).toMatchObject({ underruns: 0, late: 0, lost: 0, concealedMs: 0 });
    expect(stats.delayMs).toBeLessThan(30);
  });

  it('plays pre-roll at once and makes good the delay it brings', () => {
    const random = seeded(4);
    const frames = sineFrames(200, () => 10 + random() * 6).map((frame, i) => ({
      ...frame,
      arrivalMs: i < 3 ? 90 : frame.arrivalMs,
      options: { spurtStart: i === 0, preRoll: i < 3 },
    }));
    let firstSoundMs = 0;
    const bufferedMs: number[] = [];
    const { output, stats } = play(frames, {
      observe: (buffer, nowMs) => {
        if (firstSoundMs === 0 && buffer.stats.playedFrames > 0) firstSoundMs = nowMs;
        if (nowMs > 2500 && nowMs < 3900) bufferedMs.push(buffer.bufferedMs);
      },
    });
    expect(firstSoundMs).toBeLessThan(96);
    expect(Math.max(...bufferedMs)).toBeLessThan(50);
    expect(steepest(output)).toBeLessThan(SINE_STEP * 2);
    expect(stats).toMatchObject({ late: 0, underruns: 0, playedFrames: 200 });
    expect(stats.jitterMs).toBeLessThan(6);
  });

  it('puts a frame that came out of order in its place, and drops a second copy', () => {
    const frames = sineFrames(50, () => 10);
    const swapped = frames.map((frame) => ({
      ...frame,
      arrivalMs: frame.arrivalMs + (frame.sequence === 20 ? 22 : 0),
    }));
    const { stats } = play([...swapped, { ...frames[30]!, arrivalMs: frames[30]!.arrivalMs + 1 }], {
      options: { minTargetMs: 60 },
    });
    expect(stats).toMatchObject({ lost: 0, late: 0, duplicates: 1, playedFrames: 50 });
  });

  it('counts frames that never came and sounds no click for them', () => {
    const frames = sineFrames(200, () => 10).filter(({ sequence }) => sequence % 20 !== 7);
    const { output, stats } = play(frames);
    expect(stats.lost).toBe(10);
    expect(stats.concealedMs).toBeCloseTo(200, -1);
    expect(steepest(output)).toBeLessThan(SINE_STEP * 2);
  });

  it('keeps a bound on what it holds when nobody pulls', () => {
    const buffer = new PlayoutBuffer();
    for (const { pcm, sequence, captureTimeMs, arrivalMs } of sineFrames(1000, () => 10)) {
      buffer.push(pcm, sequence, captureTimeMs, arrivalMs);
      expect(buffer.bufferedMs).toBeLessThanOrEqual(1000);
    }
    expect(buffer.stats.skippedMs).toBeGreaterThan(18000);
  });

  it('stays finite and within the input whatever it is given', () => {
    const step = fc.record({
      sequence: fc.nat(60),
      captureTimeMs: fc.integer({ min: -5000, max: 100000 }),
      arrivalMs: fc.nat(5000),
      samples: fc.constantFrom(0, 120, 480, 960, 2880),
      pull: fc.nat(1500),
      spurtStart: fc.boolean(),
      spurtEnd: fc.boolean(),
      preRoll: fc.boolean(),
      concealed: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const buffer = new PlayoutBuffer();
        for (const { samples, pull, sequence, captureTimeMs, arrivalMs, ...options } of steps) {
          buffer.push(new Float32Array(samples).fill(0.5), sequence, captureTimeMs, arrivalMs, options);
          const out = new Float32Array(pull);
          buffer.pull(out);
          expect(out.every((sample) => Math.abs(sample) <= 0.51)).toBe(true);
          expect(buffer.bufferedMs).toBeLessThanOrEqual(1000);
          for (const value of Object.values(buffer.stats)) expect(value ?? 0).not.toBeNaN();
        }
      }),
      { numRuns: 200 },
    );
  });
});
