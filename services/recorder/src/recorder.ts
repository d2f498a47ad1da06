import { randomUUID } from 'node:crypto';
import {
  filesOf,
  MANIFEST_NAME,
  MANIFEST_TYPE,
  type MixFormat,
  parseManifest,
  progressOf,
  type RecordingManifest,
  type RecordingPlace,
  type RecordingProgress,
  type TrackFormat,
} from '@partyline/recording';
import type { Clock, Component } from '@partyline/runtime';
import type { Logger, Metrics } from '@partyline/telemetry';
import type { RecorderConfig } from './config.ts';
import { RecorderError } from './errors.ts';
import { RecorderMetrics } from './metrics.ts';
import { type Admittance, Session } from './session.ts';

/** Recordings that are over and still told of; of older ones only the files tell. */
const MAX_REMEMBERED = 1_000;
/** What was interrupted longer ago is not gone on with: the call is over. */
const RESUME_WITHIN_MS = 3_600_000;

/** What somebody wants recorded. */
export interface RecordRequest {
  room: string;
  tracks: TrackFormat | 'none';
  mix: readonly MixFormat[];
  /** Of its folder; made of the room's and the time unless given. */
  name?: string | undefined;
}

/** What is told of a recording. */
export interface RecordingInfo extends RecordingProgress {
  id: string;
  room: string;
  /** Where its files are. */
  place: string;
  /** ISO 8601. */
  startedAt: string;
  tracks: TrackFormat | 'none';
  mix: MixFormat[];
  files: string[];
  /** Why it failed. */
  reason?: string;
}

export interface RecorderDeps {
  /** Stays the same over restarts: it goes on with its own recordings only, for others may share the place. */
  id: string;
  place: RecordingPlace;
  admittance: Admittance;
  log: Logger;
  metrics: Metrics;
  clock: Clock;
}

interface Kept {
  place: string;
  /** Undefined when it is over. */
  session: Session | undefined;
  manifest: RecordingManifest;
}

/** Records rooms into one place, several at a time. What it was recording when it ended, or died, it goes on with. */
export class Recorder implements Component {
  readonly name = 'recorder';
  readonly #config: Pick<RecorderConfig, 'maxRecordings'>;
  readonly #deps: RecorderDeps;
  readonly #metrics: RecorderMetrics;
  /** By id, oldest first. */
  readonly #recordings = new Map<string, Kept>();
  /** Rooms of which a recording begins. */
  readonly #beginning = new Set<string>();
  #resuming: Promise<void> | undefined;
  #stopped = false;

  constructor(config: Pick<RecorderConfig, 'maxRecordings'>, deps: RecorderDeps) {
    this.#config = config;
    this.#deps = deps;
    this.#metrics = new RecorderMetrics(deps.metrics, () => this.#running);
  }

  /** Goes on with what was interrupted, in its own time. */
  start(): void {
    this.#resuming ??= this.#resumeAll().catch((error: unknown) => {
      this.#deps.log.error({ err: error }, 'recordings of before could not be read');
    });
  }

  /** Completes the files; the next start goes on with them. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#running.map((session) => session.suspend()));
  }

  /** @throws RecorderError why it does not begin */
  async record({ room, tracks, mix, name }: RecordRequest): Promise<RecordingInfo> {
    const id = randomUUID();
    const folder = name ?? `${room}-${stamp(this.#deps.clock.now())}-${id.slice(0, 8)}`;
    if (name !== undefined && (await this.#deps.place.names()).includes(name)) {
      throw new RecorderError(
        'already_recording',
        `A recording "${name}" is there already: give another name.`,
      );
    }
    return this.#begin(folder, { id, room, tracks, mix });
  }

  /** Those of a room, or all, oldest first. */
  list(room?: string): RecordingInfo[] {
    return [...this.#recordings.values()]
      .map(infoOf)
      .filter((one) => room === undefined || one.room === room);
  }

  get(room: string, id: string): RecordingInfo | undefined {
    const kept = this.#recordings.get(id);
    return kept?.manifest.room === room ? infoOf(kept) : undefined;
  }

  /** Ends a recording, if it still runs. @returns how it ended; undefined when there is none */
  async end(room: string, id: string): Promise<RecordingInfo | undefined> {
    const kept = this.#recordings.get(id);
    if (kept?.manifest.room !== room) return undefined;
    await kept.session?.end();
    return infoOf(kept);
  }

  /** How much it has to do. */
  get load(): { recordings: number; maxRecordings: number } {
    const recordings = this.#running.length + this.#beginning.size;
    return { recordings, maxRecordings: this.#config.maxRecordings };
  }

  get #running(): Session[] {
    return [...this.#recordings.values()].flatMap(({ session }) => session ?? []);
  }

  async #begin(
    folder: string,
    request: Omit<RecordRequest, 'name'> & { id: string; resume?: RecordingManifest },
  ): Promise<RecordingInfo> {
    const { room, id } = request;
    const isRecorded = [...this.#recordings.values()].some(
      ({ session, manifest }) => session !== undefined && manifest.room === room,
    );
    if (isRecorded || this.#beginning.has(room)) {
      throw new RecorderError('already_recording', `Room ${room} is being recorded already.`);
    }
    if (this.#stopped || this.#running.length + this.#beginning.size >= this.#config.maxRecordings) {
      throw new RecorderError('full', 'The recorder has as many recordings as it takes: try again later.');
    }
    this.#beginning.add(room);
    try {
      const store = this.#deps.place.open(folder);
      const session = await Session.begin(
        { ...request, store, recorder: this.#deps.id },
        this.#deps.admittance,
        this.#deps,
      );
      const kept: Kept = { place: store.place, session, manifest: session.manifest };
      this.#remember(id, kept);
      this.#metrics.began();
      this.#deps.log.info({ recording: id, part: kept.manifest.parts.length }, 'a recording has begun');
      void session.over.then(() => {
        kept.manifest = session.manifest;
        kept.session = undefined;
        this.#metrics.ended(session.progress);
      });
      return infoOf(kept);
    } catch (cause) {
      this.#metrics.failed();
      const why = cause instanceof Error ? cause.message : String(cause);
      throw new RecorderError('failed', `The recording could not begin: ${why}`, { cause });
    } finally {
      this.#beginning.delete(room);
    }
  }

  #remember(id: string, kept: Kept): void {
    this.#recordings.delete(id);
    this.#recordings.set(id, kept);
    for (const [oldest, { session }] of this.#recordings) {
      if (this.#recordings.size <= MAX_REMEMBERED) break;
      if (session === undefined) this.#recordings.delete(oldest);
    }
  }

  async #resumeAll(): Promise<void> {
    const { place, clock, log } = this.#deps;
    for (const folder of (await place.names()).slice(-MAX_REMEMBERED)) {
      const store = place.open(folder);
      const text = await store.get(MANIFEST_NAME);
      const manifest = text === undefined ? undefined : parseManifest(text);
      if (manifest === undefined || this.#recordings.has(manifest.id)) continue;
      const isInterrupted = manifest.state === 'recording';
      if (isInterrupted && manifest.recorder !== this.#deps.id) continue;
      this.#remember(manifest.id, { place: store.place, session: undefined, manifest });
      if (!isInterrupted) continue;
      await store.recover(filesOf(manifest));
      const { id, room, tracks, mix } = manifest;
      const isRecent = clock.now() - endOf(manifest) <= RESUME_WITHIN_MS;
      const begun =
        isRecent &&
        (await this.#begin(folder, { id, room, tracks, mix, resume: manifest }).catch((error: unknown) => {
          log.error({ recording: id, err: error }, 'an interrupted recording could not be gone on with');
        }));
      if (begun) continue;
      manifest.state = 'interrupted';
      await store.put(MANIFEST_NAME, `${JSON.stringify(manifest, undefined, 2)}\n`, MANIFEST_TYPE);
    }
  }
}

const infoOf = ({ place, session, manifest }: Kept): RecordingInfo => {
  const { id, room, startedAt, tracks, mix, reason } = session?.manifest ?? manifest;
  const progress = session?.progress ?? progressOf(manifest);
  const files = filesOf(session?.manifest ?? manifest).filter((file) => file !== '');
  return {
    id,
    room,
    place,
    startedAt,
    tracks,
    mix,
    files,
    ...progress,
    ...(reason !== undefined && { reason }),
  };
};

/** When the last part of it was still being written, epoch ms. */
const endOf = ({ startedAt, parts }: RecordingManifest): number => {
  const last = parts.at(-1);
  return Date.parse(last?.startedAt ?? startedAt) + (last?.seconds ?? 0) * 1_000;
};

const stamp = (epochMs: number): string => new Date(epochMs).toISOString().slice(0, 19).replaceAll(':', '-');
