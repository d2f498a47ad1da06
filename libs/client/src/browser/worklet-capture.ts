import { localClock } from '../clock.ts';
import { wallToLocalMs } from './audio-context.ts';
import type { Capture, CaptureHandlers } from './capture.ts';
import { CAPTURE_PROCESSOR, type CapturedChunk } from './messages.ts';

/** Takes a microphone's samples on the audio thread, at the context's rate: the way that every browser has. */
export class WorkletCapture implements Capture {
  readonly #source: AudioNode;
  readonly #node: AudioWorkletNode;

  /** @param latencyMs what the system says it takes to hand over a sample */
  constructor(source: AudioNode, latencyMs: number, handlers: CaptureHandlers) {
    const { context } = source;
    this.#source = source;
    this.#node = new AudioWorkletNode(context, CAPTURE_PROCESSOR, {
      numberOfInputs: 1,
      numberOfOutputs: 0,
      channelCount: 1,
      channelCountMode: 'explicit',
    });
    this.#node.port.onmessage = ({ data }: MessageEvent<CapturedChunk>) => {
      const durationMs = (data.pcm.length / context.sampleRate) * 1_000;
      const endMs = data.endWallMs + wallToLocalMs(localClock.now());
      handlers.samples(data.pcm, endMs - durationMs - latencyMs);
    };
    source.connect(this.#node);
  }

  close(): void {
    this.#node.port.onmessage = null;
    this.#source.disconnect(this.#node);
  }
}
