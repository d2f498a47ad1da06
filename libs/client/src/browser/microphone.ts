import { type FrameHandler, Framer } from '@partyline/audio';
import { PartylineError } from '../errors.ts';
import type { Capture, CaptureHandlers } from './capture.ts';
import type { MicrophoneInfo } from './microphone-options.ts';
import { stopTracks } from './request-microphone.ts';
import { TrackCapture } from './track-capture.ts';
import { WorkletCapture } from './worklet-capture.ts';

/** 20 ms at 48 kHz. */
const FRAME_SAMPLES = 960;

/** An open microphone that gives frames of 20 ms with the local time of their first sample. */
export class Microphone {
  readonly #context: AudioContext;
  readonly #stream: MediaStream;
  readonly #track: MediaStreamTrack;
  readonly #onEnded: () => void;
  #source: MediaStreamAudioSourceNode | undefined;
  #capture: Capture | undefined;

  /** Takes the stream over. @throws PartylineError `microphone_unavailable` */
  static open(
    context: AudioContext,
    stream: MediaStream,
    handlers: { frame: FrameHandler; ended: () => void },
  ): Microphone {
    try {
      return new Microphone(context, stream, handlers);
    } catch (cause) {
      stopTracks(stream);
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
    this.#context = context;
    this.#stream = stream;
    this.#track = stream.getAudioTracks()[0]!;
    this.#onEnded = handlers.ended;
    const framer = new Framer(FRAME_SAMPLES, context.sampleRate, handlers.frame);
    const samples: CaptureHandlers = { samples: (pcm, localMs) => framer.push(pcm, localMs) };
    this.#capture =
      TrackCapture.open(this.#track, context.sampleRate, {
        ...samples,
        unsuitable: () => this.#captureInWorklet(samples),
      }) ?? this.#workletCapture(samples);
    this.#track.addEventListener('ended', this.#onEnded);
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
    this.#source ??= this.#context.createMediaStreamSource(this.#stream);
    return this.#source;
  }

  /** False after the system took it away. */
  get live(): boolean {
    return this.#track.readyState === 'live';
  }

  close(): void {
    this.#track.removeEventListener('ended', this.#onEnded);
    this.#capture?.close();
    this.#capture = undefined;
    this.#source?.disconnect();
    this.#track.stop();
  }

  #captureInWorklet(handlers: CaptureHandlers): void {
    if (this.#capture !== undefined) this.#capture = this.#workletCapture(handlers);
  }

  #workletCapture(handlers: CaptureHandlers): WorkletCapture {
    // Chromium and Firefox tell how long the system takes to hand over a sample; others leave it out.
    const { latency = 0 } = this.#track.getSettings() as { latency?: number };
    return new WorkletCapture(this.source, latency * 1_000, handlers);
  }
}
