import type { ReceivedFrame, Room } from '@partyline/client';
import type { Mix } from './mix/mix.ts';
import type { RecordingStore } from './store/store.ts';
import { Speaker } from './tracks/speaker.ts';
import { TRACK_TYPES, type TrackFormat, TrackWriter } from './tracks/track-writer.ts';

/** Speakers of one recording; the voices of further ones are not recorded, and counted. */
const MAX_SPEAKERS = 64;
/** Frames kept while a speaker's file is opened, or nobody knows yet whose they are. */
const MAX_EARLY_FRAMES = 500;
/** So long is waited for the announcement of whoever is heard already. */
const NAMELESS_MS = 1_000;

interface Opening {
  speaker: Speaker | undefined;
  early: ReceivedFrame[];
}

export interface SpeakersOptions {
  store: RecordingStore;
  mix: Mix;
  format: TrackFormat | 'none';
  /** Cluster time of the first sample, ms since the epoch. */
  originMs: number;
  /** At the end of each file's name, before its ending. */
  suffix: string;
  /** A file could not be opened. */
  onFailure(cause: unknown): void;
}

/** Everybody who is heard, by identity: who comes back goes on in the same file. */
export class Speakers {
  /** Frames of speakers beyond {@link MAX_SPEAKERS}, or that came while too much waited already. */
  refusedFrames = 0;
  readonly #room: Room;
  readonly #options: SpeakersOptions;
  readonly #speakers = new Map<string, Opening>();
  readonly #names = new Set<string>();
  #nameless: ReceivedFrame[] = [];
  #end: number | undefined;

  constructor(room: Room, options: SpeakersOptions) {
    this.#room = room;
    this.#options = options;
  }

  get all(): readonly Speaker[] {
    return [...this.#speakers.values()].flatMap(({ speaker }) => speaker ?? []);
  }

  take(frame: ReceivedFrame): void {
    const identity = this.#identityOf(frame);
    // Those that came before the announcement come first.
    if (identity !== undefined) this.#giveNameless(false);
    if (identity !== undefined) this.#give(identity, frame);
    else if (this.#nameless.length < MAX_EARLY_FRAMES) this.#nameless.push(frame);
    else this.refusedFrames += 1;
  }

  /** All frames of before this sample have come. */
  advance(toSamples: number): void {
    this.#giveNameless(false);
    for (const { speaker } of this.#speakers.values()) speaker?.advance(toSamples);
  }

  /** Nothing is recorded from this sample on. */
  endAt(samples: number): void {
    this.#end = samples;
    for (const { speaker } of this.#speakers.values()) speaker?.endAt(samples);
  }

  /** Completes all tracks. @throws RecordingError `storage_failed` */
  async close(totalSamples: number): Promise<void> {
    this.#giveNameless(true);
    const closed = await Promise.allSettled(this.all.map((speaker) => speaker.close(totalSamples)));
    for (const one of closed) if (one.status === 'rejected') throw one.reason;
  }

  #identityOf({ identity, streamId }: ReceivedFrame): string | undefined {
    if (identity !== '') return identity;
    return this.#room.participants.find((participant) => participant.streamId === streamId)?.identity;
  }

  #giveNameless(all: boolean): void {
    if (this.#nameless.length === 0) return;
    const sinceMs = this.#room.clock.now() - NAMELESS_MS;
    const waiting = this.#nameless;
    this.#nameless = [];
    for (const frame of waiting) {
      const identity = this.#identityOf(frame);
      if (identity !== undefined) this.#give(identity, frame);
      else if (all || frame.arrivedAtMs < sinceMs) this.#give(`stream-${frame.streamId}`, frame);
      else this.#nameless.push(frame);
    }
  }

  #give(identity: string, frame: ReceivedFrame): void {
    const known = this.#speakers.get(identity);
    if (known?.speaker !== undefined) known.speaker.take(frame);
    else if (known !== undefined && known.early.length < MAX_EARLY_FRAMES) known.early.push(frame);
    else if (known === undefined && this.#speakers.size < MAX_SPEAKERS) void this.#open(identity, frame);
    else this.refusedFrames += 1;
  }

  async #open(identity: string, first: ReceivedFrame): Promise<void> {
    const { store, mix, format, originMs } = this.#options;
    const opening: Opening = { speaker: undefined, early: [first] };
    this.#speakers.set(identity, opening);
    try {
      let track: TrackWriter | undefined;
      if (format !== 'none') {
        const file = await store.create(this.#fileName(identity, format), TRACK_TYPES[format], false);
        track = new TrackWriter(file, format, identity);
      }
      const speaker = await Speaker.open(identity, originMs, mix, track);
      if (this.#end !== undefined) speaker.endAt(this.#end);
      for (const frame of opening.early.splice(0)) speaker.take(frame);
      opening.speaker = speaker;
    } catch (cause) {
      this.#options.onFailure(cause);
    }
  }

  #fileName(identity: string, format: TrackFormat): string {
    const safe =
      identity
        .normalize('NFC')
        .replaceAll(/[^\p{L}\p{N}.-]+/gu, '_')
        .slice(0, 40) || '_';
    let name = safe;
    for (let again = 2; this.#names.has(name.toLowerCase()); again += 1) name = `${safe}_${again}`;
    this.#names.add(name.toLowerCase());
    return `track-${name}${this.#options.suffix}.${format}`;
  }
}
