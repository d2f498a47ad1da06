import { localClock } from '../clock.ts';
import type { Capture, CaptureHandlers } from './capture.ts';

/** The part of Chromium's MediaStreamTrackProcessor that is used; the DOM's types do not have it. */
interface TrackProcessor {
  readonly readable: ReadableStream<AudioData>;
}
type TrackProcessorClass = new (init: { track: MediaStreamTrack; maxBufferSize: number }) => TrackProcessor;

const processorClass = (): TrackProcessorClass | undefined =>
  (globalThis as { MediaStreamTrackProcessor?: TrackProcessorClass }).MediaStreamTrackProcessor;

/** 100 ms: what a page that stood still for longer had to say is too old anyway; the oldest goes. */
const MAX_WAITING_BLOCKS = 10;
/** A time stamp further off than this counts from another beginning than the page does. */
const STRAY_STAMP_MS = 1_000;

/**
 * Reads a microphone's blocks of 10 ms as the browser gets them. Through an audio context they would take 8 ms
 * longer: it draws them at its own pace from a buffer that a whole block has to be in first.
 */
export class TrackCapture implements Capture {
  readonly #reader: ReadableStreamDefaultReader<AudioData>;
  readonly #handlers: CaptureHandlers;
  readonly #sampleRate: number;
  #closed = false;

  /** @returns undefined where the browser cannot do it */
  static open(
    track: MediaStreamTrack,
    sampleRate: number,
    handlers: CaptureHandlers & { unsuitable: () => void },
  ): TrackCapture | undefined {
    const Processor = processorClass();
    if (Processor === undefined) return undefined;
    try {
      const { readable } = new Processor({ track, maxBufferSize: MAX_WAITING_BLOCKS });
      const capture = new TrackCapture(readable.getReader(), sampleRate, handlers);
      void capture.#read(handlers.unsuitable);
      return capture;
    } catch {
      // Specified for workers only: a browser may have the name and refuse it here.
      return undefined;
    }
  }

  private constructor(
    reader: ReadableStreamDefaultReader<AudioData>,
    sampleRate: number,
    handlers: CaptureHandlers,
  ) {
    this.#reader = reader;
    this.#sampleRate = sampleRate;
    this.#handlers = handlers;
  }

  close(): void {
    this.#closed = true;
    this.#reader.cancel().catch(() => undefined);
  }

  async #read(unsuitable: () => void): Promise<void> {
    try {
      for (;;) {
        const { value: data, done } = await this.#reader.read();
        if (done || this.#closed) {
          data?.close();
          return;
        }
        // A headset by radio may have a rate of its own, which an audio context converts.
        const suits = data.sampleRate === this.#sampleRate;
        if (suits) this.#take(data);
        data.close();
        if (suits) continue;
        this.close();
        unsuitable();
        return;
      }
    } catch {
      // The track has ended, which it tells by itself.
    }
  }

  #take(data: AudioData): void {
    const durationMs = (data.numberOfFrames / data.sampleRate) * 1_000;
    const sinceDeliveryMs = localClock.now() - durationMs;
    // Of a real device the stamp is when the first sample was heard; of others, when the block was complete.
    const stampMs = performance.timeOrigin + data.timestamp / 1_000;
    const stray = Math.abs(stampMs - sinceDeliveryMs) > STRAY_STAMP_MS;
    this.#handlers.samples(monoOf(data), stray ? sinceDeliveryMs : Math.min(stampMs, sinceDeliveryMs));
  }
}

const monoOf = (data: AudioData): Float32Array => {
  const mono = new Float32Array(data.numberOfFrames);
  data.copyTo(mono, { planeIndex: 0, format: 'f32-planar' });
  if (data.numberOfChannels < 2) return mono;
  const other = new Float32Array(data.numberOfFrames);
  data.copyTo(other, { planeIndex: 1, format: 'f32-planar' });
  for (let i = 0; i < mono.length; i += 1) mono[i] = (mono[i]! + other[i]!) / 2;
  return mono;
};
