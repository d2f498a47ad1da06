import { Mixer } from '@partyline/audio';
import { describe, expect, it } from 'vitest';
import type { DecodedVoice } from './decoded-voice.ts';
import { PlayoutDelays } from './playout-delays.ts';
import { PlayoutMeter } from './playout-meter.ts';
import type { PlayoutReading } from './stats.ts';

const FRAME_MS = 20;
/** What a codec delays voice by. */
const CODEC_MS = 6.5;

/** A loudspeaker with a latency of 30 ms, whose clock is the room's; voice takes 40 ms to come here. */
class Loudspeaker {
  readonly meter: PlayoutMeter;
  readonly delays = new PlayoutDelays();
  nowMs = 1_000;
  readonly #mixer = new Mixer({ playout: { minTargetMs: 60 } });
  readonly #queue: DecodedVoice[] = [];

  constructor() {
    this.meter = new PlayoutMeter(this.#mixer);
  }

  /** Speaks frames `from` to `to`, the first of them captured at 1 s; each is `extraMs` longer under way. */
  say(from: number, to: number, more: Partial<DecodedVoice> = {}, extraMs = 0): void {
    for (let sequence = from; sequence <= to; sequence += 1) {
      const headerMs = 1_000 + sequence * FRAME_MS;
      const ageMs = FRAME_MS + 40 + extraMs;
      this.#queue.push({
        streamId: 2,
        pcm: new Float32Array(960).fill(0.1),
        sequence,
        capturedAtMs: headerMs - CODEC_MS,
        arrivedAtMs: headerMs + ageMs,
        ageMs,
        traced: false,
        concealed: false,
        spurtStart: sequence === from,
        spurtEnd: sequence === to,
        preRoll: false,
        ...more,
      });
    }
  }

  /** Plays in blocks of 10 ms and reads the meter every 100 ms. */
  play(untilMs: number): PlayoutReading[] {
    const readings: PlayoutReading[] = [];
    while (this.nowMs < untilMs) {
      while (this.#queue[0] !== undefined && this.#queue[0].arrivedAtMs <= this.nowMs) {
        const voice = this.#queue.shift()!;
        this.meter.push(voice, voice.arrivedAtMs);
      }
      this.#mixer.pull(new Float32Array(480));
      this.nowMs += 10;
      if (this.nowMs % 100 === 0) {
        this.delays.take(this.meter.read(), this.nowMs + 30);
        readings.push(...this.delays.readings);
      }
    }
    return readings;
  }
}

describe('the delay of play-out', () => {
  it('is from arrival to ear, and with the time until arrival makes mouth to ear', () => {
    const speaker = new Loudspeaker();
    speaker.say(0, 99);
    const heard = speaker.play(3_000).filter(({ mouthToEarMs }) => mouthToEarMs !== undefined);
    expect(heard.length).toBeGreaterThan(15);
    const { mouthToEarMs, playoutMs, totals } = heard.at(-1)!;
    expect(mouthToEarMs! - playoutMs!).toBeCloseTo(60, 6);
    expect(totals!.frames).toBeGreaterThanOrEqual(90);
    expect((totals!.mouthToEarMs - totals!.playoutMs) / totals!.frames).toBeCloseTo(60, 6);
    // The buffer's 60 ms less the frame itself, a block, the loudspeaker and the codec.
    expect(playoutMs!).toBeGreaterThan(70);
    expect(playoutMs!).toBeLessThan(110);
  });

  it('is that of the last frame of a spurt, however long after it the meter is read', () => {
    const speaker = new Loudspeaker();
    speaker.say(0, 49);
    const readings = speaker.play(3_000).filter(({ mouthToEarMs }) => mouthToEarMs !== undefined);
    const delays = readings.map(({ mouthToEarMs }) => mouthToEarMs!);
    expect(Math.max(...delays.slice(2)) - Math.min(...delays.slice(2))).toBeLessThan(15);
    // Afterwards nothing is played, and nothing is measured.
    const frames = speaker.delays.readings[0]!.totals!.frames;
    expect(frames).toBe(50);
    speaker.play(4_000);
    expect(speaker.delays.readings[0]).toMatchObject({ mouthToEarMs: undefined, totals: { frames } });
  });

  it('is measured of real frames only, not of invented ones or of pre-roll', () => {
    const speaker = new Loudspeaker();
    speaker.say(0, 2, { preRoll: true });
    speaker.say(3, 30, { spurtEnd: false });
    speaker.say(31, 33, { concealed: true, spurtStart: false, spurtEnd: false });
    speaker.say(34, 60, { spurtStart: false });
    speaker.play(3_000);
    expect(speaker.delays.readings[0]!.totals!.frames).toBe(28 + 27);
  });

  it('says when a followed frame was played, and nothing of one that came too late', () => {
    const speaker = new Loudspeaker();
    speaker.say(0, 20, { spurtEnd: false });
    speaker.say(21, 21, { traced: true, spurtStart: false, spurtEnd: false });
    speaker.say(22, 60, { spurtStart: false });
    speaker.play(3_000);
    const { played, totals } = speaker.delays.readings[0]!;
    expect(played).toHaveLength(1);
    const [{ sequence, playedAtMs }] = played as [{ sequence: number; playedAtMs: number }];
    expect(sequence).toBe(21);
    const arrivedMs = 1_000 + 21 * FRAME_MS + 60;
    const meanMs = totals!.playoutMs / totals!.frames;
    // The same time as the hop's, to the sample: the codec's delay is in both.
    expect(playedAtMs - arrivedMs).toBeCloseTo(meanMs, 6);
    speaker.say(50, 50, { traced: true }, 1_500);
    speaker.play(5_000);
    expect(speaker.delays.readings[0]!.played).toHaveLength(1);
  });
});
