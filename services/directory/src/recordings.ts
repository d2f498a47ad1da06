import type { Logger } from '@partyline/telemetry';
import { Problem } from './problem.ts';

/** What the mix of a recording may be, and each speaker's track. */
export const MIX_FORMATS = ['wav', 'mp3', 'm4a', 'ogg'] as const;
export const TRACK_FORMATS = ['ogg', 'webm', 'none'] as const;

/** What somebody wants recorded. */
export interface RecordingRequest {
  room: string;
  tracks: (typeof TRACK_FORMATS)[number];
  mix: (typeof MIX_FORMATS)[number][];
  /** Of its files' place; made of the room's and the time unless given. */
  name?: string | undefined;
}

/** What a recorder tells of a recording. */
export interface RecordingReport {
  id: string;
  room: string;
  state: 'recording' | 'done' | 'interrupted' | 'failed';
  /** ISO 8601. */
  startedAt: string;
  seconds: number;
  bytes: number;
  speakers: string[];
  lostFrames: number;
  unusedFrames: number;
  tracks: RecordingRequest['tracks'];
  mix: RecordingRequest['mix'];
  /** Where its files are. */
  place: string;
  files: string[];
  /** Why it failed. */
  reason?: string;
}

/** Whoever records. Failures to begin are errors with a `code`. */
export interface RecorderPort {
  record(request: RecordingRequest): Promise<RecordingReport>;
  list(room: string): RecordingReport[] | Promise<RecordingReport[]>;
  get(room: string, id: string): RecordingReport | undefined | Promise<RecordingReport | undefined>;
  end(room: string, id: string): Promise<RecordingReport | undefined>;
}

/** Recordings as the API has them. */
export class Recordings {
  readonly #recorder: RecorderPort | undefined;
  readonly #log: Logger;

  constructor({ recorder, log }: { recorder: RecorderPort | undefined; log: Logger }) {
    this.#recorder = recorder;
    this.#log = log;
  }

  /** @throws Problem why it does not begin */
  async start(actor: string, request: RecordingRequest): Promise<RecordingReport> {
    if (request.tracks === 'none' && request.mix.length === 0) {
      throw new Problem(
        400,
        'invalid_request',
        'body: nothing would be recorded: choose tracks, a mix, or both.',
      );
    }
    const recorder = this.#there();
    try {
      const report = await recorder.record(request);
      this.#audit('record', actor, request.room, report.id);
      return report;
    } catch (error) {
      throw problemOf(error);
    }
  }

  async list(room: string): Promise<RecordingReport[]> {
    return this.#there().list(room);
  }

  /** @throws Problem when there is none */
  async get(room: string, id: string): Promise<RecordingReport> {
    const report = await this.#there().get(room, id);
    if (report === undefined) throw notFound();
    return report;
  }

  /** Ends it; one that is over stays as it is. @throws Problem when there is none */
  async stop(actor: string, room: string, id: string): Promise<RecordingReport> {
    const report = await this.#there().end(room, id);
    if (report === undefined) throw notFound();
    this.#audit('stop_recording', actor, room, id);
    return report;
  }

  #there(): RecorderPort {
    if (this.#recorder !== undefined) return this.#recorder;
    throw new Problem(503, 'no_recorder', 'There is no recorder here: see docs/recording.md.');
  }

  #audit(action: string, actor: string, room: string, recording: string): void {
    this.#log.info({ event: 'audit', action, actor, room, recording }, 'a recording was asked for or ended');
  }
}

const notFound = (): Problem =>
  new Problem(
    404,
    'recording_not_found',
    'The room has no such recording: see GET /v1/rooms/{room}/recordings.',
  );

const problemOf = (error: unknown): unknown => {
  if (!(error instanceof Error) || !('code' in error)) return error;
  if (error.code === 'already_recording') return new Problem(409, 'already_recording', error.message);
  if (error.code === 'full') {
    return new Problem(503, 'recorder_full', error.message, { retryAfterSeconds: 60 });
  }
  if (error.code === 'none') {
    return new Problem(503, 'no_recorder', error.message, { retryAfterSeconds: 5 });
  }
  if (error.code !== 'failed') return error;
  return new Problem(503, 'recording_failed', error.message, { retryAfterSeconds: 5 });
};
