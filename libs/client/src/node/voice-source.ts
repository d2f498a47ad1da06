import { setTimeout as sleep } from 'node:timers/promises';
import type { CodecFormat } from '@partyline/protocol';
import { type Clock, localClock } from '../clock.ts';
import type { Room } from '../room-types.ts';
import { VoicePublisher, type VoicePublisherOptions } from '../voice-publisher.ts';

/** Settings of {@link VoiceSource}. */
export interface VoiceSourceOptions extends VoicePublisherOptions {
  /** Another clock, for tests. */
  clock?: Clock;
}

/** How a recording is spoken. */
export interface PlayOptions {
  /** Begins again at the end, until `signal` or `durationMs` ends it. */
  loop?: boolean;
  /** Ends early. */
  durationMs?: number;
  /** Ends it. */
  signal?: AbortSignal;
  /** Told after every frame how much was spoken. */
  onProgress?: (spokenMs: number) => void;
}

/** What became of a recording. */
export interface Played {
  /** How many were handed to the room. */
  frames: number;
  /** Of what was spoken. */
  durationMs: number;
  /** How long the process stood still beyond what it caught up with; listeners heard pauses of this length. */
  stalledMs: number;
}

/** Most frames sent in one go after a late timer, and the pause before the next ones. */
const CATCH_UP_FRAMES = 3;
const CATCH_UP_PAUSE_MS = 5;
/** Speech that is later than this is of no use to a listener; it is moved instead. */
const MAX_BEHIND_MS = 500;

/**
 * Speaks recordings into a room at the pace of speech.
 *
 * @example
 * const voice = await VoiceSource.open(room);
 * await voice.play(await readSpeech(await readFile('speech.wav')));
 * voice.close();
 */
export class VoiceSource {
  readonly #room: Room;
  readonly #publisher: VoicePublisher;
  readonly #clock: Clock;

  /** @throws PartylineError `invalid_option`, `codec_failed` */
  static async open(room: Room, options: VoiceSourceOptions = {}): Promise<VoiceSource> {
    return new VoiceSource(room, await VoicePublisher.open(room, options), options.clock ?? localClock);
  }

  private constructor(room: Room, publisher: VoicePublisher, clock: Clock) {
    this.#room = room;
    this.#publisher = publisher;
    this.#clock = clock;
  }

  /**
   * Speaks mono PCM at 48 kHz; the last frame is filled with silence. Frame n leaves when its last sample would
   * have been captured, counted from the start, so that timers do not add up to a drift.
   */
  async play(pcm: Float32Array, options: PlayOptions = {}): Promise<Played> {
    const { frameSamples } = this.#publisher;
    const frameMs = frameSamples / 48;
    const perRound = Math.ceil(pcm.length / frameSamples);
    const limit = options.durationMs === undefined ? Number.POSITIVE_INFINITY : options.durationMs / frameMs;
    const total = Math.min(options.loop === true ? Number.POSITIVE_INFINITY : perRound, Math.ceil(limit));
    let startMs = this.#clock.now();
    let stalledMs = 0;
    let frames = 0;
    let inOneGo = 0;
    while (frames < total && perRound > 0 && options.signal?.aborted !== true) {
      if (this.#room.state.phase === 'closed') break;
      const behindMs = this.#clock.now() - (startMs + (frames + 1) * frameMs);
      if (behindMs < 0 || inOneGo === CATCH_UP_FRAMES) {
        inOneGo = 0;
        const pauseMs = behindMs < 0 ? -behindMs : CATCH_UP_PAUSE_MS;
        await sleep(pauseMs, undefined, { signal: options.signal }).catch(() => {});
        continue;
      }
      const tooLateMs = behindMs - MAX_BEHIND_MS;
      if (tooLateMs > 0) {
        startMs += tooLateMs;
        stalledMs += tooLateMs;
      }
      inOneGo += 1;
      const at = (frames % perRound) * frameSamples;
      const frame = new Float32Array(frameSamples);
      frame.set(pcm.subarray(at, at + frameSamples));
      this.#publisher.push(frame, this.#room.clock.toCluster(startMs + frames * frameMs));
      frames += 1;
      options.onProgress?.(frames * frameMs);
    }
    return { frames, durationMs: frames * frameMs, stalledMs };
  }

  /** What is sent now; see {@link VoicePublisherOptions.codec}. */
  get codec(): CodecFormat {
    return this.#publisher.codec;
  }

  /** As `VoicePublisher.setCodec`. @throws PartylineError `invalid_option`, `codec_failed` */
  setCodec(codec: CodecFormat): Promise<void> {
    return this.#publisher.setCodec(codec);
  }

  /** Gives the encoder back. */
  close(): void {
    this.#publisher.close();
  }
}
