import { type FrameHandler, Framer } from '@partyline/audio';
import { localClock } from '../clock.ts';
import { PartylineError } from '../errors.ts';
import { wallToLocalMs } from './audio-context.ts';
import { CAPTURE_PROCESSOR, type CapturedChunk } from './messages.ts';

/** How to open the microphone. */
export interface MicrophoneOptions {
  /** From `listMicrophones()`; the system's default unless given. */
  deviceId?: string;
  /** True unless given, as are the next two. */
  echoCancellation?: boolean;
  noiseSuppression?: boolean;
  autoGainControl?: boolean;
  /** Opus bit rate in bit/s; 32,000 unless given. */
  bitrate?: number;
  /** In silence nothing is sent; true unless given. */
  dtx?: boolean;
}

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
      throw new PartylineError('microphone_unavailable', 'The microphone could not be connected.', { cause });
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

  close(): void {
    this.#track.removeEventListener('ended', this.#onEnded);
    this.#node.port.onmessage = null;
    this.#source.disconnect();
    this.#track.stop();
  }
}

/** The microphones of this machine; names are empty until a microphone was allowed once. */
export const listMicrophones = async (): Promise<{ deviceId: string; name: string }[]> => {
  const devices = (await navigator.mediaDevices?.enumerateDevices()) ?? [];
  return devices
    .filter(({ kind }) => kind === 'audioinput')
    .map(({ deviceId, label }) => ({ deviceId, name: label }));
};

/** Asks for a microphone. @throws PartylineError `no_secure_context`, `microphone_refused`, `microphone_unavailable` */
export const requestMicrophone = async (options: MicrophoneOptions): Promise<MediaStream> => {
  if (navigator.mediaDevices === undefined) {
    throw new PartylineError(
      'no_secure_context',
      'Browsers give the microphone to https pages (and to localhost) only; open the page by https.',
    );
  }
  try {
    return await navigator.mediaDevices.getUserMedia({
      audio: {
        echoCancellation: options.echoCancellation ?? true,
        noiseSuppression: options.noiseSuppression ?? true,
        autoGainControl: options.autoGainControl ?? true,
        channelCount: { ideal: 1 },
        sampleRate: { ideal: 48_000 },
        ...(options.deviceId === undefined ? {} : { deviceId: { exact: options.deviceId } }),
      },
    });
  } catch (cause) {
    const name = (cause as { name?: unknown }).name;
    if (name === 'NotAllowedError' || name === 'SecurityError') {
      throw new PartylineError('microphone_refused', 'The microphone was not allowed for this page.', {
        cause,
      });
    }
    throw new PartylineError(
      'microphone_unavailable',
      name === 'NotFoundError' || name === 'OverconstrainedError'
        ? 'No microphone was found.'
        : 'The microphone cannot be used; perhaps another program holds it.',
      { cause },
    );
  }
};
