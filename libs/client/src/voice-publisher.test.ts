import { createDecoder, DEFAULT_OPUS_BITRATE } from '@partyline/codecs';
import { FLAG_PRE_ROLL } from '@partyline/protocol';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Pace } from './pace.ts';
import type { OutgoingFrame, Room } from './room-types.ts';
import { VoicePublisher, type VoicePublisherOptions } from './voice-publisher.ts';

const tone = (amplitude: number): Float32Array =>
  Float32Array.from({ length: 960 }, (_, i) => Math.sin(i / 15) * amplitude);

describe('VoicePublisher', () => {
  let sent: OutgoingFrame[];
  let atMs: number;
  let pace: Pace;
  let tellPace: (now: Pace) => void;
  const open = (options: VoicePublisherOptions = {}): Promise<VoicePublisher> => {
    const room = {
      publishFrame: (frame: OutgoingFrame) => sent.push(frame) > 0,
      get pace() {
        return pace;
      },
      on: (_event: string, listener: (now: Pace) => void) => {
        tellPace = listener;
        return () => {};
      },
    } as unknown as Room;
    return VoicePublisher.open(room, { engine: 'wasm', ...options });
  };
  const say = (publisher: VoicePublisher, amplitude: number, frames: number): void => {
    for (let i = 0; i < frames; i += 1) {
      publisher.push(tone(amplitude), atMs);
      atMs += 20;
    }
  };
  beforeEach(() => {
    sent = [];
    atMs = 1_000;
    pace = { maxBitrateBps: undefined, minFrameMs: 0, dtx: false };
  });

  it('sends every frame with its level, activity and capture time', async () => {
    const publisher = await open();
    say(publisher, 0, 50);
    say(publisher, 0.2, 10);
    expect(sent).toHaveLength(60);
    expect(sent[0]).toMatchObject({ capturedAtMs: 1_000, durationMs: 20, levelDbov: 127, active: false });
    expect(sent[59]).toMatchObject({ capturedAtMs: 2_180, levelDbov: 17, active: true });
    publisher.close();
    say(publisher, 0.2, 1);
    expect(sent).toHaveLength(60);
  });

  it('is silent in silence when asked to be, and keeps what came right before a spurt', async () => {
    const publisher = await open({ dtx: true });
    say(publisher, 0, 50);
    expect(sent).toHaveLength(0);
    say(publisher, 0.2, 20);
    const lead = sent.filter(({ flags = 0 }) => (flags & FLAG_PRE_ROLL) !== 0);
    expect(lead.map(({ capturedAtMs }) => capturedAtMs)).toEqual([1_960, 1_980]);
    expect(sent).toHaveLength(22);
    const untilQuiet = sent.length;
    say(publisher, 0, 150);
    // The hang-over of the activity and the tail: between 1 s and 2 s.
    expect(sent.length - untilQuiet).toBeGreaterThan(50);
    expect(sent.length - untilQuiet).toBeLessThan(100);
    expect(sent.map(({ spurtEnd }) => spurtEnd === true).lastIndexOf(true)).toBe(sent.length - 1);
    expect(sent.filter(({ spurtEnd }) => spurtEnd === true)).toHaveLength(1);
  });

  it('ends the spurt when transmission is switched off, and tells levels meanwhile', async () => {
    const levels: number[] = [];
    const publisher = await open({ onLevel: (levelDbov) => levels.push(levelDbov) });
    say(publisher, 0.2, 5);
    publisher.transmitting = false;
    say(publisher, 0.2, 5);
    expect(sent.map(({ spurtEnd }) => spurtEnd === true)).toEqual([false, false, false, false, false, true]);
    expect(levels).toHaveLength(10);
    publisher.transmitting = true;
    say(publisher, 0.2, 1);
    expect(sent).toHaveLength(7);
  });

  it('keeps to what the uplink has room for: fewer bits, longer frames, nothing in silence; and goes back', async () => {
    const publisher = await open();
    const mean = (frames: OutgoingFrame[]): number =>
      frames.reduce((sum, { payload }) => sum + payload.length, 0) / frames.length;
    say(publisher, 0.2, 30);
    const usual = sent.splice(0);
    tellPace({ maxBitrateBps: 6_000, minFrameMs: 60, dtx: true });
    say(publisher, 0.2, 31);
    const thin = sent.splice(0);
    // One is shorter where the encoder changed its kind of frames.
    expect(thin.filter(({ durationMs }) => durationMs === 60).length).toBeGreaterThanOrEqual(9);
    for (const [i, { capturedAtMs, durationMs }] of thin.slice(0, -1).entries()) {
      expect(thin[i + 1]!.capturedAtMs).toBe(capturedAtMs + durationMs);
    }
    expect(mean(thin)).toBeLessThan(mean(usual));
    say(publisher, 0, 200);
    const silenceMs = sent.splice(0).reduce((sum, { durationMs }) => sum + durationMs, 0);
    expect(silenceMs).toBeLessThan(2_000);
    tellPace({ maxBitrateBps: undefined, minFrameMs: 0, dtx: false });
    say(publisher, 0.2, 10);
    expect(sent.map(({ durationMs }) => durationMs)).toEqual(Array(10).fill(20));
    publisher.close();
  });

  it('sounds the same to the bit in longer frames', async () => {
    const decoded = async (long: boolean): Promise<Float32Array> => {
      sent = [];
      const publisher = await open();
      for (const [maxBitrateBps, minFrameMs] of [
        [20_000, 20],
        [16_000, 40],
        [12_000, 60],
        [6_000, 60],
      ] as const) {
        say(publisher, 0.2, 15);
        tellPace({ maxBitrateBps, minFrameMs: long ? minFrameMs : 0, dtx: false });
      }
      say(publisher, 0.2, 15);
      publisher.close();
      const pcm: Float32Array[] = [];
      const decoder = await createDecoder('opus', { engine: 'wasm' }, (more) => pcm.push(more));
      for (const [tag, { payload }] of sent.entries()) decoder.decode(payload, tag);
      decoder.close();
      return Float32Array.from(pcm.flatMap((part) => [...part]));
    };
    const usual = await decoded(false);
    expect(sent).toHaveLength(75);
    expect(await decoded(true)).toEqual(usual);
    expect(sent.length).toBeLessThan(50);
    expect(usual).toHaveLength(75 * 960);
  });

  it('takes over the pace that there is when it is opened', async () => {
    pace = { maxBitrateBps: 12_000, minFrameMs: 60, dtx: false };
    const publisher = await open();
    say(publisher, 0.2, 9);
    expect(sent.map(({ durationMs }) => durationMs)).toEqual([60, 60, 60]);
    publisher.close();
  });

  it('encodes at the bit rate that the codec takes by default', async () => {
    const bytesAt = async (options: VoicePublisherOptions): Promise<number> => {
      sent = [];
      const publisher = await open(options);
      say(publisher, 0.2, 50);
      publisher.close();
      return sent.reduce((sum, { payload }) => sum + payload.length, 0);
    };
    expect(await bytesAt({})).toBe(await bytesAt({ bitrate: DEFAULT_OPUS_BITRATE }));
    expect(await bytesAt({ bitrate: 32_000 })).toBeLessThan(await bytesAt({}));
  });

  it('refuses a bit rate that Opus does not have', async () => {
    await expect(open({ bitrate: 10 })).rejects.toMatchObject({ code: 'invalid_option' });
  });
});
