/**
 * What runs on the browser's audio thread: the microphone's samples out, everybody's voice in. Bundle this file
 * into one script and give its URL to `startCall`.
 */
import { Mixer } from '@partyline/audio';
import { PlayoutMeter } from '../playout-meter.ts';
import {
  CAPTURE_PROCESSOR,
  type CapturedChunk,
  PLAYOUT_PROCESSOR,
  type PlayoutCommand,
  type PlayoutReport,
} from './messages.ts';
import { workletScope } from './worklet-scope.ts';

/** 10 ms: half a frame, so that a frame is whole at most 10 ms after its last sample. */
const CHUNK_SAMPLES = 480;
/**
 * A frame of 20 ms, and 40 ms for what two pages that draw hold frames up by now and then, also on a quiet machine. The buffer adds what
 * it sees beyond that.
 */
const MIN_TARGET_MS = 60;
/** Render quanta between two reports: about a quarter of a second. */
const REPORT_QUANTA = 94;

/** Gathers the microphone's samples into chunks. */
class CaptureProcessor extends workletScope.AudioWorkletProcessor {
  #chunk = new Float32Array(CHUNK_SAMPLES);
  #filled = 0;

  process(inputs: Float32Array[][]): boolean {
    // No channel: the source is disconnected, or not started yet.
    const input = inputs[0]?.[0];
    if (input === undefined) return true;
    let at = 0;
    while (at < input.length) {
      const taken = Math.min(input.length - at, CHUNK_SAMPLES - this.#filled);
      this.#chunk.set(input.subarray(at, at + taken), this.#filled);
      at += taken;
      this.#filled += taken;
      if (this.#filled === CHUNK_SAMPLES) this.#post();
    }
    return true;
  }

  #post(): void {
    const message: CapturedChunk = { pcm: this.#chunk, endWallMs: Date.now() };
    this.port.postMessage(message, [this.#chunk.buffer]);
    this.#chunk = new Float32Array(CHUNK_SAMPLES);
    this.#filled = 0;
  }
}

/** Buffers and mixes what the main thread has decoded. */
class PlayoutProcessor extends workletScope.AudioWorkletProcessor {
  readonly #mixer = new Mixer({ playout: { minTargetMs: MIN_TARGET_MS } });
  readonly #meter = new PlayoutMeter(this.#mixer);
  #quanta = 0;

  constructor() {
    super();
    this.port.onmessage = ({ data }: MessageEvent<PlayoutCommand>) => this.#take(data);
  }

  process(_inputs: Float32Array[][], outputs: Float32Array[][]): boolean {
    const channels = outputs[0];
    const first = channels?.[0];
    if (channels === undefined || first === undefined) return true;
    this.#mixer.pull(first);
    for (let channel = 1; channel < channels.length; channel += 1) channels[channel]!.set(first);
    this.#quanta += 1;
    if (this.#quanta === REPORT_QUANTA) this.#report(first.length);
    return true;
  }

  #take(command: PlayoutCommand): void {
    if (command.type === 'voice') {
      this.#meter.push(command.voice, command.voice.arrivedAtMs);
    } else if (command.type === 'gain') this.#mixer.setGain(command.streamId, command.gain);
    else this.#meter.remove(command.streamId);
  }

  #report(samples: number): void {
    this.#quanta = 0;
    const report: PlayoutReport = {
      wallMs: Date.now(),
      contextTimeS: workletScope.currentTime + samples / workletScope.sampleRate,
      readings: this.#meter.read(),
    };
    this.#meter.prune();
    this.port.postMessage(report);
  }
}

workletScope.registerProcessor(CAPTURE_PROCESSOR, CaptureProcessor);
workletScope.registerProcessor(PLAYOUT_PROCESSOR, PlayoutProcessor);
