import type { ChainEvent, ChainStage } from '@partyline/audio';
import type { Browser, Page } from 'playwright-core';
import { NAMING_SCRIPT } from '../../browser/page-taps.ts';
import type { AudioBundles } from './bundles.ts';

/** What came out of a chain. */
export interface Rendered {
  pcm: Float32Array;
  /** Without frames of sound, which are in `frames`. */
  events: ChainEvent[];
  frames: Float32Array;
  /** How many times faster than the sound lasts it went. */
  timesRealTime: number;
}

const toText = (pcm: Float32Array): string =>
  Buffer.from(pcm.buffer, pcm.byteOffset, pcm.byteLength).toString('base64');
const fromText = (text: string): Float32Array => {
  const bytes = Buffer.from(text, 'base64');
  return new Float32Array(Uint8Array.from(bytes).buffer);
};

/** A page with an audio thread. */
export class AudioPage {
  readonly #page: Page;
  readonly errors: string[] = [];

  private constructor(page: Page) {
    this.#page = page;
    page.on('pageerror', (error) => this.errors.push(error.message));
  }

  static async open(
    browser: Browser,
    { page: script, worklet, denoiseWorklet }: AudioBundles,
  ): Promise<AudioPage> {
    const page = await browser.newPage();
    const audioPage = new AudioPage(page);
    // By name only: worklets exist in secure contexts, and this machine is one.
    await page.route('http://localhost/**', (route) =>
      route.fulfill({ contentType: 'text/html', body: '<!doctype html><title>audio</title>' }),
    );
    await page.addInitScript(NAMING_SCRIPT);
    await page.goto('http://localhost/');
    await page.addScriptTag({ content: script, type: 'module' });
    await page.waitForFunction(() => window.openChainNode !== undefined);
    await page.evaluate(
      (texts) => {
        window.workletUrls = texts.map((text) =>
          URL.createObjectURL(new Blob([text], { type: 'text/javascript' })),
        );
      },
      [worklet, denoiseWorklet],
    );
    return audioPage;
  }

  /** Sends sound through a chain on an audio thread, as fast as that goes. @throws what `openChainNode` rejects with */
  async render(stages: readonly ChainStage[], sampleRate: number, input: Float32Array): Promise<Rendered> {
    const { pcm, frames, events, seconds } = await this.#page.evaluate(
      async ({ stages, sampleRate, text }) => {
        const decode = (from: string): Float32Array<ArrayBuffer> =>
          new Float32Array(Uint8Array.from(atob(from), (letter) => letter.charCodeAt(0)).buffer);
        const encode = (from: Float32Array): string => {
          const bytes = new Uint8Array(from.buffer, from.byteOffset, from.byteLength);
          let out = '';
          for (let at = 0; at < bytes.length; at += 8192) {
            out += String.fromCharCode(...bytes.subarray(at, at + 8192));
          }
          return btoa(out);
        };
        const input = decode(text);
        const context = new OfflineAudioContext(1, input.length, sampleRate);
        const isDenoising = stages.some(({ stage }) => stage === 'denoise');
        await context.audioWorklet.addModule(window.workletUrls[isDenoising ? 1 : 0]!);
        const events: ChainEvent[] = [];
        const frames: number[] = [];
        const chain = await window.openChainNode(context, stages, (event) => {
          if (event.stage === 'frames') frames.push(...event.pcm);
          else events.push(event);
        });
        const buffer = context.createBuffer(1, input.length, sampleRate);
        buffer.copyToChannel(input, 0);
        const source = new AudioBufferSourceNode(context, { buffer });
        source.connect(chain.node).connect(context.destination);
        source.start();
        const begunMs = performance.now();
        const rendered = await context.startRendering();
        const seconds = (performance.now() - begunMs) / 1_000;
        // Events are messages of their own; those of the last moments are under way.
        for (let seen = -1; seen !== events.length + frames.length; ) {
          seen = events.length + frames.length;
          await new Promise((resolve) => setTimeout(resolve, 200));
        }
        chain.close();
        return {
          pcm: encode(rendered.getChannelData(0)),
          frames: encode(Float32Array.from(frames)),
          events,
          seconds,
        };
      },
      { stages, sampleRate, text: toText(input) },
    );
    return {
      pcm: fromText(pcm),
      frames: fromText(frames),
      events,
      timesRealTime: input.length / sampleRate / seconds,
    };
  }

  /** Plays a sound in real time through a chain that listens for digits. @returns the digits, in their order */
  async heardLive(sound: Float32Array, sampleRate: number): Promise<string> {
    return await this.#page.evaluate(
      async ({ samples, sampleRate }) => {
        const context = new AudioContext({ sampleRate });
        await context.audioWorklet.addModule(window.workletUrls[0]!);
        let digits = '';
        const chain = await window.openChainNode(
          context,
          [{ stage: 'highPass', hz: 100 }, { stage: 'dtmf' }],
          (event) => {
            if (event.stage === 'dtmf' && event.event.type === 'down') digits += event.event.digit;
          },
        );
        const buffer = context.createBuffer(1, samples.length, sampleRate);
        buffer.copyToChannel(Float32Array.from(samples), 0);
        const source = new AudioBufferSourceNode(context, { buffer });
        source.connect(chain.node).connect(context.destination);
        await context.resume();
        source.start();
        await new Promise((resolve) => source.addEventListener('ended', resolve));
        await new Promise((resolve) => setTimeout(resolve, 500));
        chain.close();
        await context.close();
        return digits;
      },
      { samples: [...sound], sampleRate },
    );
  }

  close(): Promise<void> {
    return this.#page.close();
  }
}

declare global {
  interface Window {
    /** Of the plain worklet and of the one with noise suppression. */
    workletUrls: string[];
  }
}
