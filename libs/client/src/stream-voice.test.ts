import { CODEC_FORMATS, type CodecFormat } from '@partyline/protocol';
import { describe, expect, it, vi } from 'vitest';
import type { DecodedVoice } from './decoded-voice.ts';
import type { OutgoingFrame, ReceivedFrame, Room } from './room-types.ts';
import { StreamVoice } from './stream-voice.ts';
import { DEFAULT_CODECS } from './voice-formats.ts';
import { VoicePublisher } from './voice-publisher.ts';

/** A vowel whose pitch glides, without a pause: whatever happens to it can be told from what it was. */
const vowel = (seconds: number): Float32Array => {
  let phase = 0;
  return Float32Array.from({ length: seconds * 48_000 }, (_, i) => {
    phase += (2 * Math.PI * (130 + 25 * Math.sin(i / 11_000))) / 48_000;
    return [0.2, 0.15, 0.12, 0.08, 0.05].reduce(
      (sum, part, n) => sum + part * Math.sin((n + 1) * phase + n * n),
      0,
    );
  });
};

const FRAME = 960;
/** Frames said with each codec. */
const EACH = 20;

const asReceived = (frame: OutgoingFrame, sequence: number): ReceivedFrame => ({
  streamId: 1,
  identity: 'ada',
  frame: {
    flags: 0,
    codec: frame.codec!,
    level: 0,
    active: true,
    durationMs: frame.durationMs,
    sequence,
    streamId: 1,
    captureTimeMs: frame.capturedAtMs,
    payload: frame.payload,
  },
  sequence,
  capturedAtMs: frame.capturedAtMs,
  arrivedAtMs: frame.capturedAtMs + 50,
  lostBefore: 0,
  restart: false,
  traced: false,
});

/** Says the voice with these codecs one after the other. */
const spoken = async (voice: Float32Array, codecs: readonly CodecFormat[]): Promise<OutgoingFrame[]> => {
  const sent: OutgoingFrame[] = [];
  const room = {
    publishFrame: (frame: OutgoingFrame) => sent.push(frame) > 0,
    codecs: DEFAULT_CODECS,
    pace: { maxBitrateBps: undefined, minFrameMs: 0, dtx: false },
    on: () => () => {},
  } as unknown as Room;
  const publisher = await VoicePublisher.open(room, { engine: 'wasm', codec: codecs[0]! });
  for (let n = 0; (n + 1) * FRAME <= voice.length; n += 1) {
    if (n > 0 && n % EACH === 0) await publisher.setCodec(codecs[n / EACH]!);
    publisher.push(voice.slice(n * FRAME, (n + 1) * FRAME), 1_000 + n * 20);
  }
  publisher.close();
  return sent;
};

const heardOf = async (frames: readonly OutgoingFrame[]): Promise<DecodedVoice[]> => {
  const heard: DecodedVoice[] = [];
  const stream = new StreamVoice(1, 'wasm', {
    voice: (voice) => heard.push(voice),
    unable: (_codec, _format, cause) => {
      throw cause;
    },
  });
  for (const [sequence, frame] of frames.entries()) {
    stream.take(asReceived(frame, sequence));
    await vi.waitFor(() => expect(heard.at(-1)?.sequence).toBe(sequence));
  }
  stream.close();
  return heard;
};

/** Half a second of each of these, and back. */
const CODECS: CodecFormat[] = ['opus/48000', 'pcmu/8000', 'l16/16000', 'opus/48000', 'pcma/16000'];

describe('a voice whose codec changes while it speaks', () => {
  it('goes on without a hole, a step or a sample too many', async () => {
    const voice = vowel(CODECS.length * EACH * 0.02);
    const heard = await heardOf(await spoken(voice, CODECS));
    expect(heard).toHaveLength(CODECS.length * EACH);
    for (const [index, { capturedAtMs }] of heard.entries()) {
      if (index === 0) continue;
      const before = heard[index - 1]!;
      // One sample is 0.02 ms; capture times are of whole samples of each codec's rate.
      expect(Math.abs(capturedAtMs - (before.capturedAtMs + before.pcm.length / 48))).toBeLessThan(0.1);
    }
    // Around each change the sound is what it is a little before and after: neither a hole nor a click.
    const pcm = Float32Array.from(heard.flatMap((one) => [...one.pcm]));
    const beginMs = heard[0]!.capturedAtMs;
    const voiceAt = (ms: number): number => voice[Math.round((ms - 1_000) * 48)] ?? 0;
    for (let change = 1; change < CODECS.length; change += 1) {
      const changeMs = 1_000 + change * EACH * 20;
      let error = 0;
      let energy = 0;
      let steepest = 0;
      for (let ms = changeMs - 15; ms < changeMs + 15; ms += 1 / 48) {
        const at = Math.round((ms - beginMs) * 48);
        const truth = voiceAt(ms);
        error += (pcm[at]! - truth) ** 2;
        energy += truth ** 2;
        steepest = Math.max(steepest, Math.abs(pcm[at]! - pcm[at - 1]!));
      }
      expect(energy / (30 * 48)).toBeGreaterThan(1e-4);
      expect(error / energy).toBeLessThan(0.25);
      expect(steepest).toBeLessThan(0.03);
    }
  });

  it('is reported once when it cannot be decoded, and heard again when it can', async () => {
    const frames = await spoken(vowel(0.8), ['pcmu/8000', 'pcma/8000']);
    const heard: number[] = [];
    const unable: (string | undefined)[] = [];
    const stream = new StreamVoice(1, 'wasm', {
      voice: ({ sequence }) => heard.push(sequence),
      unable: (_codec, format) => unable.push(format?.name),
    });
    for (const [sequence, frame] of frames.entries()) {
      const received = asReceived(frame, sequence);
      // G.729 is a package of its own, and 99 is nothing.
      if (sequence >= 10 && sequence < 20) received.frame.codec = CODEC_FORMATS['g729/8000'];
      if (sequence >= 20 && sequence < 30) received.frame.codec = 99;
      stream.take(received);
      if (sequence === 9 || sequence === 29) await vi.waitFor(() => expect(stream.waiting).toBe(0));
    }
    await vi.waitFor(() => expect(heard.at(-1)).toBe(frames.length - 1));
    expect(heard).toEqual(frames.map((_, index) => index).filter((index) => index < 10 || index >= 30));
    expect(unable).toEqual(['g729/8000', undefined]);
    stream.close();
  });
});
