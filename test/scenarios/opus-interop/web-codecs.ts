import type { Browser } from 'playwright-core';
import { NAMING_SCRIPT } from '../../browser/page-taps.ts';

/** Chromium's own Opus, without anything of ours. */
export class WebCodecsOpus {
  readonly #browser: Browser;
  readonly #url: string;

  /** @param url of a page on this machine: WebCodecs need a secure context */
  constructor(browser: Browser, url: string) {
    this.#browser = browser;
    this.#url = url;
  }

  /** PCM at 48 kHz, in frames of 20 ms. */
  encode(pcm: Float32Array): Promise<Uint8Array[]> {
    return this.#run(
      async ({ pcm: samples }) => {
        const packets: number[][] = [];
        let failure: unknown;
        const encoder = new AudioEncoder({
          output: (chunk) => {
            const bytes = new Uint8Array(chunk.byteLength);
            chunk.copyTo(bytes);
            packets.push([...bytes]);
          },
          error: (error) => {
            failure = error;
          },
        });
        encoder.configure({ codec: 'opus', sampleRate: 48_000, numberOfChannels: 1, bitrate: 40_000 });
        for (let at = 0; at + 960 <= samples.length; at += 960) {
          const data = Float32Array.from(samples.slice(at, at + 960));
          const frame = { format: 'f32-planar', sampleRate: 48_000, numberOfChannels: 1 } as const;
          encoder.encode(
            new AudioData({ ...frame, numberOfFrames: 960, timestamp: (at / 48) * 1_000, data }),
          );
        }
        await encoder.flush();
        if (failure !== undefined) throw failure;
        return packets;
      },
      { pcm: [...pcm] },
    ).then((packets) => packets.map((bytes) => Uint8Array.from(bytes)));
  }

  /** @returns PCM at 48 kHz */
  decode(packets: readonly Uint8Array[]): Promise<Float32Array> {
    return this.#run(
      async ({ packets: all }) => {
        const pcm: number[] = [];
        let failure: unknown;
        const decoder = new AudioDecoder({
          output: (data) => {
            const samples = new Float32Array(data.numberOfFrames);
            data.copyTo(samples, { planeIndex: 0, format: 'f32-planar' });
            data.close();
            pcm.push(...samples);
          },
          error: (error) => {
            failure = error;
          },
        });
        decoder.configure({ codec: 'opus', sampleRate: 48_000, numberOfChannels: 1 });
        for (const [index, bytes] of all.entries()) {
          decoder.decode(
            new EncodedAudioChunk({ type: 'key', timestamp: index * 20_000, data: Uint8Array.from(bytes) }),
          );
        }
        await decoder.flush();
        if (failure !== undefined) throw failure;
        return pcm;
      },
      { packets: packets.map((packet) => [...packet]) },
    ).then((pcm) => Float32Array.from(pcm));
  }

  async #run<Input, Output>(work: (input: Input) => Promise<Output>, input: Input): Promise<Output> {
    const page = await this.#browser.newPage();
    try {
      await page.goto(this.#url);
      await page.evaluate(NAMING_SCRIPT);
      // Playwright's types want to know what it can serialise; these are numbers.
      return await page.evaluate(work as never, input as never);
    } finally {
      await page.close();
    }
  }
}
