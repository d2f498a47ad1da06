import { createDecoder as createLibopusDecoder, type OpusDecoderHandle } from 'libopus-wasm';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { bestMatch, concat, syntheticVoice } from '../../test/voice.ts';
import { type CodecError, createDecoder, createEncoder } from '../index.ts';

/**
 * Node has no WebCodecs. This is its decoder as the standard describes it, on libopus: asynchronous output in
 * order, `flush` that waits for it, and a closed decoder with an error callback after a bad packet.
 */
class NodeAudioDecoder {
  state: 'unconfigured' | 'configured' | 'closed' = 'unconfigured';
  readonly #init: { output: (data: unknown) => void; error: (error: unknown) => void };
  readonly #opus: Promise<OpusDecoderHandle> = createLibopusDecoder({ channels: 1 });
  #last: Promise<void> = Promise.resolve();

  constructor(init: { output: (data: unknown) => void; error: (error: unknown) => void }) {
    this.#init = init;
  }

  static async isConfigSupported() {
    return { supported: true };
  }

  configure() {
    this.state = 'configured';
  }

  decode(chunk: { timestamp: number; data: Uint8Array }) {
    this.#last = this.#last.then(async () => {
      const opus = await this.#opus;
      if (this.state === 'closed') return;
      try {
        const pcm = opus.decodeFloat(chunk.data);
        this.#init.output({
          // Chromium gives some back 1 µs smaller than it got them.
          timestamp: chunk.timestamp > 0 && chunk.timestamp % 3 === 0 ? chunk.timestamp - 1 : chunk.timestamp,
          numberOfFrames: pcm.length,
          copyTo: (target: Float32Array) => target.set(pcm),
          close: () => undefined,
        });
      } catch {
        this.state = 'closed';
        this.#init.error(new DOMException('decoding failed', 'EncodingError'));
      }
    });
  }

  async flush() {
    await this.#last;
    if (this.state === 'closed') throw new DOMException('closed', 'InvalidStateError');
  }

  close() {
    this.state = 'closed';
  }
}

class NodeEncodedAudioChunk {
  readonly timestamp: number;
  readonly data: Uint8Array;
  constructor(init: { timestamp: number; data: Uint8Array }) {
    this.timestamp = init.timestamp;
    this.data = init.data;
  }
}

describe('Opus decoder through WebCodecs', () => {
  const voice = syntheticVoice(1);
  const packets: Uint8Array[] = [];

  beforeEach(async () => {
    packets.length = 0;
    const encoder = await createEncoder('opus', { engine: 'wasm' }, (payload) => packets.push(payload));
    for (let i = 0; i < 50; i += 1) encoder.encode(voice.subarray(i * 960, i * 960 + 960), i);
    encoder.close();
    vi.stubGlobal('AudioDecoder', NodeAudioDecoder);
    vi.stubGlobal('EncodedAudioChunk', NodeEncodedAudioChunk);
  });
  afterEach(() => vi.unstubAllGlobals());

  async function open() {
    const output: { pcm: Float32Array; tag: number; concealed: boolean }[] = [];
    const errors: CodecError[] = [];
    const decoder = await createDecoder(
      'opus',
      { onError: (error) => errors.push(error) },
      (pcm, tag, concealed) => output.push({ pcm, tag, concealed }),
    );
    return { decoder, output, errors };
  }

  it('is what auto takes where it is there', async () => {
    const { decoder, output } = await open();
    expect(decoder.engine).toBe('webcodecs');
    packets.forEach((payload, tag) => {
      decoder.decode(payload, tag);
    });
    await vi.waitFor(() => expect(output).toHaveLength(50));
    expect(decoder.engine).toBe('webcodecs');
    expect(output.map(({ tag }) => tag)).toEqual(packets.map((_, tag) => tag));
  });

  it('moves to WebAssembly at the first loss, in order and without a seam', async () => {
    const { decoder, output } = await open();
    for (let tag = 0; tag < 20; tag += 1) decoder.decode(packets[tag]!, tag);
    decoder.decodeAfterLoss(2, packets[22]!, 22, 960);
    for (let tag = 23; tag < 50; tag += 1) decoder.decode(packets[tag]!, tag);
    await vi.waitFor(() => expect(output).toHaveLength(50));
    expect(decoder.engine).toBe('wasm');
    expect(output.map(({ tag }) => tag)).toEqual(packets.map((_, tag) => tag));
    expect(output.filter(({ concealed }) => concealed).map(({ tag }) => tag)).toEqual([20, 21]);
    // The yardstick is a decoder that was in WebAssembly from the start and met the same loss.
    const whole: Float32Array[] = [];
    const wasm = await createDecoder('opus', { engine: 'wasm' }, (pcm) => whole.push(pcm));
    for (let tag = 0; tag < 20; tag += 1) wasm.decode(packets[tag]!, tag);
    wasm.decodeAfterLoss(2, packets[22]!, 22, 960);
    for (let tag = 23; tag < 50; tag += 1) wasm.decode(packets[tag]!, tag);
    const moved = concat(output.slice(20).map(({ pcm }) => pcm));
    expect(bestMatch(concat(whole.slice(20)), moved)).toMatchObject({ delaySamples: 0 });
    expect(bestMatch(concat(whole.slice(20)), moved).correlation).toBeGreaterThan(0.99);
  });

  it('goes on in WebAssembly after a packet that the browser refuses, losing that packet only', async () => {
    const { decoder, output, errors } = await open();
    for (let tag = 0; tag < 50; tag += 1)
      decoder.decode(tag === 10 ? Uint8Array.of(3, 0) : packets[tag]!, tag);
    await vi.waitFor(() => expect(output).toHaveLength(49));
    expect(output.map(({ tag }) => tag)).toEqual(packets.map((_, tag) => tag).filter((tag) => tag !== 10));
    expect(decoder.corruptPackets).toBe(1);
    expect(errors.map(({ code }) => code)).toEqual(['corrupt_packet']);
  });

  it('gives nothing after close', async () => {
    const { decoder, output } = await open();
    decoder.decode(packets[0]!, 0);
    decoder.decodeAfterLoss(1, packets[2]!, 2, 960);
    decoder.close();
    const after = await open();
    after.decoder.decode(packets[0]!, 0);
    await vi.waitFor(() => expect(after.output).toHaveLength(1));
    expect(output).toEqual([]);
  });
});
