import { type FrameHandler, Framer } from '@partyline/audio';
import { localClock } from '../clock.ts';
import { PartylineError } from '../errors.ts';
import { wallToLocalMs } from './audio-context.ts';
import { CAPTURE_PROCESSOR, type CapturedChunk } from './messages.ts';
import type { MicrophoneInfo } from './microphone-options.ts';

/** 20 ms at 48 kHz. */
const FRAME_SAMPLES = 960;

/** An open microphone that gives frames of 20 ms with the local time of their first sample. */
export class Microphone {
  readonly #track: MediaStreamTrack;
  readonly #source: MediaStreamAudioSourceNode;
  readonly #node: AudioWorkletNode;
  readonly #onEnded: () => void;

  /** Takes the stream over. @throws PartylineError `microphone_unavailable` */
  static open(
    context: AudioContext,
    stream: MediaStream,
    handlers: { frame: FrameHandler; ended: () => void },
  ): Microphone {
    try {
      return new Microphone(context, stream, handlers);
    } catch (cause) {
      for (const track of stream.getTracks()) track.stop();
      throw new PartylineError(
        'microphone_unavailable',
        'The microphone could not be connected; choose another one.',
        { cause },
      );
    }
  }

  private constructor(
    context: AudioContext,
    stream: MediaStream,
    handlers: { frame: FrameHandler; ended: () => void },
  ) {
    this.#track = stream.getAudioTracks()[0]!;
    this.#onEnded = handlers.ended;
    this.#track.addEventListener('ended', this.#onEnded);
    this.#source = context.createMediaStreamSource(stream);
    this.#node = new AudioWorkletNode(context, CAPTURE_PROCESSOR, {
      numberOfInputs: 1,
      numberOfOutputs: 0,
      channelCount: 1,
      channelCountMode: 'explicit',
    });
    const framer = new Framer(FRAME_SAMPLES, context.sampleRate, handlers.frame);
    // Chrome and Firefox tell how long the system takes to hand over a sample; others leave it out.
    const latencyMs = ((this.#track.getSettings() as { latency?: number }).latency ?? 0) * 1_000;
    this.#node.port.onmessage = ({ data }: MessageEvent<CapturedChunk>) => {
      const durationMs = (data.pcm.length / context.sampleRate) * 1_000;
      const endMs = data.endWallMs + wallToLocalMs(localClock.now());
      framer.push(data.pcm, endMs - durationMs - latencyMs);
    };
    this.#source.connect(this.#node);
  }

  /** The system's name and what the browser makes of its sound. */
  get info(): MicrophoneInfo {
    const settings = this.#track.getSettings();
    return {
      deviceId: settings.deviceId ?? '',
      name: this.#track.label,
      echoCancellation: settings.echoCancellation === true,
      noiseSuppression: settings.noiseSuppression === true,
      autoGainControl: settings.autoGainControl === true,
    };
  }

  /** The sound itself, to be heard by the one who speaks. */
  get source(): AudioNode {
    return this.#source;
  }

  /** False after the system took it away. */
  get live(): boolean {
    return this.#track.readyState === 'live';
  }

  close(): void {
    this.#track.removeEventListener('ended', this.#onEnded);
    this.#node.port.onmessage = null;
    this.#source.disconnect();
    this.#track.stop();
  }
}
