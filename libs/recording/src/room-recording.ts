import type { Room } from '@partyline/client';
import { announce } from './announcement.ts';
import { RecordingError } from './errors.ts';
import {
  MANIFEST_NAME,
  MANIFEST_TYPE,
  type RecordingManifest,
  type RecordingPart,
  type RecordingState,
} from './manifest.ts';
import { Mix } from './mix/mix.ts';
import type { MixFormat } from './mix/mix-file.ts';
import { progressOf, type RecordingProgress } from './progress.ts';
import { Speakers } from './speakers.ts';
import type { RecordingStore } from './store/store.ts';
import { subscribeToAll } from './subscriptions.ts';
import type { TrackFormat } from './tracks/track-writer.ts';
import { PRE_SKIP_SAMPLES, SAMPLE_RATE, SAMPLES_PER_MS } from './units.ts';

/** The longest recording, s: a WAV file ends at 4 GiB. */
export const MAX_RECORDING_SECONDS = 43_200;
/** Frames are waited for so long after their capture; what comes later is not recorded. */
const HOLD_MS = 1_500;
const TICK_MS = 250;
/** What was spoken right before the end is on its way for so long. */
const LAST_FRAMES_MS = 400;
/** Bytes that may wait for the store, all files together. */
const MAX_PENDING_BYTES = 67_108_864;

/** What is recorded, and as what. */
export interface RecordingOptions {
  id: string;
  /** Each speaker's packets as they are. */
  tracks: TrackFormat | 'none';
  /** Everybody in one. */
  mix: readonly MixFormat[];
  /** Where the files go. */
  store: RecordingStore;
  /** Id of the recorder, which goes on with it after it died. */
  recorder?: string;
  /** Goes on with this recording, whose recorder died. */
  resume?: RecordingManifest;
}

/** Records a room that somebody else joined and leaves. */
export class RoomRecording {
  readonly #room: Room;
  readonly #store: RecordingStore;
  readonly #manifest: RecordingManifest;
  readonly #part: RecordingPart;
  readonly #mix: Mix;
  readonly #speakers: Speakers;
  readonly #originMs: number;
  readonly #stop: (() => void)[];
  readonly #over: Promise<void>;
  #end: () => void = () => undefined;
  #giveUp: (error: Error) => void = () => undefined;
  #timer: ReturnType<typeof setInterval> | undefined;
  #immediate: ReturnType<typeof setImmediate> | undefined;
  #ticks = 0;
  #samples = 0;
  #closing: Promise<RecordingManifest> | undefined;
  #saving: Promise<void> | undefined;

  /**
   * Tells everybody in the room, and begins to record.
   * @throws RecordingError `invalid_option`, `no_consent`, `storage_failed`; PartylineError when the room closes before it is ready
   */
  static async start(room: Room, options: RecordingOptions): Promise<RoomRecording> {
    if (options.tracks === 'none' && options.mix.length === 0) {
      throw new RecordingError('invalid_option', 'Nothing would be recorded: choose tracks, a mix, or both.');
    }
    // With the clock in step, capture times of all speakers are on one time line.
    await room.whenReady();
    const number = (options.resume?.parts.length ?? 0) + 1;
    const suffix = number === 1 ? '' : `.part${number}`;
    await announce(room);
    const mix = await Mix.open(options.store, `mix${suffix}`, options.mix);
    const recording = new RoomRecording(room, options, mix, number, suffix);
    await recording.#save();
    return recording;
  }

  private constructor(room: Room, options: RecordingOptions, mix: Mix, number: number, suffix: string) {
    this.#room = room;
    this.#store = options.store;
    this.#mix = mix;
    this.#originMs = room.clock.now();
    const startedAt = new Date(this.#originMs).toISOString();
    this.#part = { number, startedAt, seconds: 0, mix: [], tracks: [] };
    this.#manifest = {
      version: 1,
      id: options.id,
      room: room.name,
      startedAt: options.resume?.startedAt ?? startedAt,
      state: 'recording',
      ...(options.recorder !== undefined && { recorder: options.recorder }),
      tracks: options.tracks,
      mix: [...options.mix],
      parts: [...(options.resume?.parts ?? []), this.#part],
    };
    this.#speakers = new Speakers(room, {
      store: options.store,
      mix,
      format: options.tracks,
      originMs: this.#originMs,
      suffix,
      onFailure: (cause) => this.#fail(cause),
    });
    this.#over = new Promise((resolve, reject) => {
      this.#end = resolve;
      this.#giveUp = reject;
    });
    // Whoever never waits for the end hears of a failure when stopping.
    this.#over.catch(() => undefined);
    this.#stop = [
      room.on('frame', (frame) => this.#speakers.take(frame)),
      room.on('state', (state) => {
        if (state.phase === 'closed') this.#end();
      }),
      subscribeToAll(room),
    ];
    this.#timer = setInterval(() => {
      // Timers run before sockets are read: after a late one, what came meanwhile must be taken first.
      this.#immediate = setImmediate(() => this.#tick());
    }, TICK_MS);
  }

  /** Resolves when there is nothing more to record: the room closed, or the longest recording is full. Rejects with why it failed. */
  get over(): Promise<void> {
    return this.#over;
  }

  /** What {@link MANIFEST_NAME} says, as of now. */
  get manifest(): RecordingManifest {
    return this.#report();
  }

  get progress(): RecordingProgress {
    const progress = progressOf(this.#report());
    return { ...progress, unusedFrames: progress.unusedFrames + this.#speakers.refusedFrames };
  }

  /** Ends the recording and completes its files. @throws RecordingError `storage_failed`, `too_slow` */
  stop(): Promise<RecordingManifest> {
    this.#closing ??= this.#close('done');
    return this.#closing;
  }

  /** Completes the files of this part for another recorder to go on. @throws RecordingError `storage_failed`, `too_slow` */
  suspend(): Promise<RecordingManifest> {
    this.#closing ??= this.#close('recording');
    return this.#closing;
  }

  async #close(state: RecordingState): Promise<RecordingManifest> {
    const endSamples = Math.max(0, Math.round((this.#room.clock.now() - this.#originMs) * SAMPLES_PER_MS));
    this.#speakers.endAt(endSamples);
    if (state === 'done' && this.#room.state.phase !== 'closed')
      await new Promise((resolve) => setTimeout(resolve, LAST_FRAMES_MS));
    for (const stop of this.#stop) stop();
    this.#room.setRecording(false);
    clearInterval(this.#timer);
    clearImmediate(this.#immediate);
    let failure: unknown;
    try {
      await this.#speakers.close(endSamples);
      this.#mix.advance(endSamples);
    } catch (cause) {
      failure = cause;
    }
    await this.#mix.close().catch((cause) => {
      failure ??= cause;
    });
    this.#samples = endSamples;
    this.#end();
    if (failure !== undefined) this.#failed(failure);
    if (this.#manifest.state === 'recording') this.#manifest.state = state;
    await this.#saving?.catch(() => undefined);
    await this.#save();
    if (failure !== undefined) throw failure;
    return this.#manifest;
  }

  #tick(): void {
    if (this.#closing !== undefined) return;
    const nowSamples = (this.#room.clock.now() - this.#originMs) * SAMPLES_PER_MS;
    this.#samples = Math.max(this.#samples, Math.floor(nowSamples));
    const complete = Math.floor(nowSamples - HOLD_MS * SAMPLES_PER_MS);
    this.#speakers.advance(complete);
    // A speaker may be a grid's step behind, and what it says sounds a pre-skip earlier than its packet lies.
    this.#mix.advance(complete - 2 * PRE_SKIP_SAMPLES);
    this.#check();
    this.#ticks += 1;
    if (this.#ticks % (this.#store.statusEveryMs / TICK_MS) === 0 && this.#saving === undefined) {
      this.#saving = this.#save()
        .catch((cause) => this.#fail(cause))
        .finally(() => {
          this.#saving = undefined;
        });
    }
    if (this.#samples >= MAX_RECORDING_SECONDS * SAMPLE_RATE) this.#end();
  }

  #check(): void {
    const tracks = this.#speakers.all.flatMap(({ track }) => track ?? []);
    const failure = this.#mix.failure ?? tracks.find((track) => track.failure !== undefined)?.failure;
    if (failure !== undefined) this.#fail(failure);
    const files = [...this.#mix.files, ...tracks.map(({ file }) => file)];
    if (files.reduce((sum, { pending }) => sum + pending, 0) > MAX_PENDING_BYTES) {
      this.#fail(
        new RecordingError(
          'too_slow',
          `${this.#store.place} takes less than is recorded: choose fewer formats, or a faster place.`,
        ),
      );
    }
  }

  #fail(cause: unknown): void {
    this.#giveUp(this.#failed(cause));
  }

  #failed(cause: unknown): Error {
    const error = cause instanceof Error ? cause : new Error(String(cause));
    this.#manifest.state = 'failed';
    this.#manifest.reason ??= error.message;
    return error;
  }

  #report(): RecordingManifest {
    const part = this.#part;
    part.seconds = this.#samples / SAMPLE_RATE;
    part.mix = this.#mix.files.map(({ name, bytes }) => ({ file: name, bytes }));
    part.tracks = this.#speakers.all.map(({ report, track }) => ({
      ...report,
      file: track?.file.name ?? '',
      bytes: track?.file.bytes ?? 0,
    }));
    return this.#manifest;
  }

  #save(): Promise<void> {
    return this.#store.put(MANIFEST_NAME, `${JSON.stringify(this.#report(), undefined, 2)}\n`, MANIFEST_TYPE);
  }
}
