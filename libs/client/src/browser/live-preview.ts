import { audioLevelDbov, VoiceActivityDetector, VoiceBand } from '@partyline/audio';
import { Emitter, type Unsubscribe } from '../emitter.ts';
import { PartylineError } from '../errors.ts';
import { openAudioContext } from './audio-context.ts';
import type { Microphone } from './microphone.ts';
import { MicrophoneKeeper } from './microphone-keeper.ts';
import type { MicrophoneOptions } from './microphone-options.ts';
import type {
  MicrophonePreview,
  MicrophonePreviewEvents,
  MicrophonePreviewOptions,
} from './microphone-preview.ts';

/** Level events come with every second or third frame, as in a call. */
const LEVEL_EVERY_MS = 50;

/** What a call takes over from a preview. */
export interface OpenedSound {
  context: AudioContext;
  keeper: MicrophoneKeeper;
}

/** @see {@link MicrophonePreview} */
export class LivePreview implements MicrophonePreview {
  readonly #events = new Emitter<MicrophonePreviewEvents>();
  readonly #activity = new VoiceActivityDetector();
  readonly #voiceBand = new VoiceBand();
  readonly #context: AudioContext;
  readonly #keeper: MicrophoneKeeper;
  readonly #monitor: GainNode;
  #options: MicrophoneOptions;
  #levelAtMs = 0;
  #over = false;

  constructor(context: AudioContext, options: MicrophoneOptions) {
    this.#context = context;
    this.#options = options;
    this.#monitor = new GainNode(context, { gain: 0 });
    this.#monitor.connect(context.destination);
    this.#keeper = new MicrophoneKeeper(context);
    this.#keeper.handlers = {
      frame: (pcm) => this.#level(pcm),
      changed: (microphone) => this.#changed(microphone),
      lost: (error) => this.#events.emit('lost', error),
    };
  }

  get deviceId(): string {
    return this.#keeper.microphone?.info.deviceId ?? '';
  }

  get name(): string {
    return this.#keeper.microphone?.info.name ?? '';
  }

  get running(): boolean {
    return this.#context.state === 'running';
  }

  /** How the microphone was asked for last. */
  get options(): MicrophoneOptions {
    return this.#options;
  }

  on<Name extends keyof MicrophonePreviewEvents>(
    event: Name,
    listener: (value: MicrophonePreviewEvents[Name]) => void,
  ): Unsubscribe {
    return this.#events.on(event, listener);
  }

  /** Opens the first microphone: another one, when the chosen one is not there. */
  async open(): Promise<void> {
    await this.#keeper.use(this.#options, true);
    void this.#context.resume();
  }

  async use(options: MicrophoneOptions): Promise<void> {
    if (this.#over) throw over();
    await this.#keeper.use(options);
    this.#options = options;
  }

  setMonitored(monitored: boolean): void {
    if (!this.#over) this.#monitor.gain.setTargetAtTime(monitored ? 1 : 0, this.#context.currentTime, 0.01);
  }

  async resume(): Promise<void> {
    if (!this.#over) await this.#context.resume();
  }

  close(): void {
    if (this.#over) return;
    this.#end();
    this.#keeper.release();
    void this.#context.close();
  }

  /** Hands everything to a call; nothing is told here any more. @throws PartylineError `aborted` when it was closed */
  surrender(): OpenedSound {
    if (this.#over) throw over();
    this.#end();
    return { context: this.#context, keeper: this.#keeper };
  }

  #end(): void {
    this.#over = true;
    this.#monitor.disconnect();
    this.#keeper.microphone?.source.disconnect(this.#monitor);
  }

  #changed(microphone: Microphone): void {
    if (this.#over) return;
    microphone.source.connect(this.#monitor);
    this.#events.emit('changed', microphone.info);
  }

  #level(pcm: Float32Array): void {
    const levelDbov = audioLevelDbov(pcm);
    const active = this.#activity.update(this.#voiceBand.levelDbov(pcm));
    const nowMs = performance.now();
    if (nowMs - this.#levelAtMs < LEVEL_EVERY_MS) return;
    this.#levelAtMs = nowMs;
    this.#events.emit('level', { levelDbov, active });
  }
}

const over = (): PartylineError =>
  new PartylineError('aborted', 'The preview was closed, or a call has it; open another one.');

/**
 * Opens the microphone before a call. Handed to `startCall`, it stays open, and nobody is asked twice. Another
 * microphone is opened when the chosen one is not plugged in: look at `name`.
 *
 * @example
 * const preview = await openMicrophonePreview({ deviceId });
 * preview.on('level', ({ levelDbov }) => meter.show(levelDbov));
 * // From the click on "Join": the microphone stays open, nobody is asked again.
 * const call = await startCall({ url, room, token, microphone: preview });
 *
 * @throws PartylineError `no_secure_context`, `unsupported_browser`, `microphone_refused`, `microphone_unavailable`
 */
export const openMicrophonePreview = async (
  options: MicrophonePreviewOptions = {},
): Promise<MicrophonePreview> => {
  const { workletUrl, ...microphone } = options;
  const context = await openAudioContext(workletUrl);
  const preview = new LivePreview(context, microphone);
  try {
    await preview.open();
  } catch (error) {
    preview.close();
    throw error;
  }
  return preview;
};
