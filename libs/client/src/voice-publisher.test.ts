import { createDecoder, DEFAULT_OPUS_BITRATE } from '@partyline/codecs';
import { CODEC_FORMATS, type CodecFormat, FLAG_PRE_ROLL } from '@partyline/protocol';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { Pace } from './pace.ts';
import type { OutgoingFrame, Room } from './room-types.ts';
import { DEFAULT_CODECS } from './voice-formats.ts';
import { VoicePublisher, type VoicePublisherOptions } from './voice-publisher.ts';

const tone = (amplitude: number): Float32Array =>
  Float32Array.from({ length: 960 }, (_, i) => Math.sin(i / 15) * amplitude);

describe('VoicePublisher', () => {
  let sent: OutgoingFrame[];
  let atMs: number;
  let pace: Pace;
  let tellPace: (now: Pace) => void;
  let codecs: readonly CodecFormat[];
  let tellCodecs: () => void;
  const open = (options: VoicePublisherOptions = {}): Promise<VoicePublisher> => {
    const room = {
      publishFrame: (frame: OutgoingFrame) => sent.push(frame) > 0,
      get codecs() {
        return codecs;
      },
      get pace() {
        return pace;
      },
      on: (event: string, listener: (now: never) => void) => {
        if (event === 'pace') tellPace = listener as (now: Pace) => void;
        else tellCodecs = listener as () => void;
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
    codecs = DEFAULT_CODECS;
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

  it('sends another codec from the next frame on, each frame once and in order', async () => {
    const told: string[] = [];
    const publisher = await open({ onCodec: (codec) => told.push(codec) });
    say(publisher, 0.2, 60);
    await publisher.setCodec('pcmu/8000');
    say(publisher, 0.2, 10);
    await publisher.setCodec('opus/48000');
    say(publisher, 0.2, 10);
    expect(told).toEqual(['pcmu/8000', 'opus/48000']);
    const ids = sent.map(({ codec }) => codec);
    expect(ids).toEqual([
      ...Array(60).fill(CODEC_FORMATS['opus/48000']),
      ...Array(10).fill(CODEC_FORMATS['pcmu/8000']),
      ...Array(10).fill(CODEC_FORMATS['opus/48000']),
    ]);
    // What the filter on the way to 8 kHz takes is allowed for: G.711's 160 samples begin that much earlier.
    expect(sent[60]!.payload).toHaveLength(160);
    expect(sent[60]!.capturedAtMs).toBe(1_000 + 60 * 20 - 6);
    expect(sent[70]!.capturedAtMs).toBe(1_000 + 70 * 20);
    expect(sent.filter(({ spurtEnd }) => spurtEnd)).toHaveLength(0);
  });

  it.each([
    ['pcma/8000', 6],
    ['l16/16000', 3],
    ['speex/32000', 2],
  ] as const)('allows for whole milliseconds on the way to %s', async (codec, delayMs) => {
    codecs = Object.keys(CODEC_FORMATS) as CodecFormat[];
    const publisher = await open({ codec });
    say(publisher, 0.2, 2);
    expect(sent.map(({ capturedAtMs }) => capturedAtMs)).toEqual([1_000 - delayMs, 1_020 - delayMs]);
  });

  it('keeps to what everybody can decode, and goes back to what was wanted when they can', async () => {
    const told: string[] = [];
    const errors: string[] = [];
    codecs = ['opus/48000'];
    const publisher = await open({
      codec: 'pcma/8000',
      onCodec: (codec) => told.push(codec),
      onError: ({ code }) => errors.push(code),
    });
    expect(publisher.codec).toBe('opus/48000');
    const agree = async (now: readonly CodecFormat[], expected: CodecFormat): Promise<void> => {
      codecs = now;
      tellCodecs();
      await vi.waitFor(() => expect(publisher.codec).toBe(expected));
    };
    await agree(DEFAULT_CODECS, 'pcma/8000');
    await agree(['pcmu/8000', 'l16/16000'], 'l16/16000');
    await agree(['g729/8000', 'opus/48000'], 'opus/48000');
    expect(errors).toEqual([]);
    codecs = ['g729/8000'];
    tellCodecs();
    await vi.waitFor(() => expect(errors).toEqual(['no_common_codec']));
    await vi.waitFor(() => expect(publisher.codec).toBe('pcma/8000'));
    expect(told).toEqual(['pcma/8000', 'l16/16000', 'opus/48000', 'pcma/8000']);
  });

  it('says what is wrong with a codec, and goes on with the one before', async () => {
    codecs = [...DEFAULT_CODECS, 'g729/8000'];
    const publisher = await open();
    await expect(publisher.setCodec('g729/8000')).rejects.toThrow(/codecs-g729/);
    await expect(publisher.setCodec('mp3' as never)).rejects.toMatchObject({ code: 'invalid_option' });
    say(publisher, 0.2, 1);
    expect(sent[0]!.codec).toBe(CODEC_FORMATS['opus/48000']);
    await expect(open({ codec: 'l16/48000' })).rejects.toThrow(
      'frameMs is 20; of l16/48000 give at most 10, for a frame holds 1500 bytes.',
    );
  });
});
