import { joinRoom, type Network, PartylineError, type Room } from '@partyline/client';
import {
  type MixFormat,
  progressOf,
  type RecordingManifest,
  type RecordingProgress,
  type RecordingStore,
  RoomRecording,
  type TrackFormat,
} from '@partyline/recording';
import type { Logger } from '@partyline/telemetry';

/** A room in which nobody is any more is recorded for so long, ms: people come back after a bad connection. */
const EMPTY_MS = 120_000;
const EMPTY_CHECK_MS = 2_000;

/** How a recorder gets into rooms. */
export interface Admittance {
  /** Where the directory answers. */
  url(): string;
  /** An access token for a hidden participant who only listens. */
  token(room: string, identity: string): Promise<string>;
  network?: Network;
}

/** What is to be recorded. */
export interface SessionRequest {
  id: string;
  room: string;
  tracks: TrackFormat | 'none';
  mix: readonly MixFormat[];
  store: RecordingStore;
  /** Id of the recorder. */
  recorder: string;
  /** Goes on with this one. */
  resume?: RecordingManifest;
}

/** One recording, from joining the room to leaving it. */
export class Session {
  /** Resolves when it is over, by itself or because it was ended. */
  readonly over: Promise<void>;
  readonly #room: Room;
  readonly #recording: RoomRecording;
  readonly #log: Logger;
  readonly #timer: ReturnType<typeof setInterval>;
  #emptySinceMs: number | undefined;
  #ending: Promise<void> | undefined;

  /** @throws PartylineError, RecordingError why it could not begin */
  static async begin(
    request: SessionRequest,
    admittance: Admittance,
    { log }: { log: Logger },
  ): Promise<Session> {
    const { id, room: name, tracks, mix, store, recorder, resume } = request;
    const identity = `recorder-${id}`;
    const room = await joinRoom({
      url: admittance.url(),
      room: name,
      name: 'Recorder',
      client: 'partyline recorder',
      muted: true,
      token: () => admittance.token(name, identity),
      ...(admittance.network !== undefined && { network: admittance.network }),
    });
    try {
      const options = { id, tracks, mix, store, recorder, ...(resume !== undefined && { resume }) };
      return new Session(room, await RoomRecording.start(room, options), log);
    } catch (error) {
      await room.leave();
      throw error;
    }
  }

  private constructor(room: Room, recording: RoomRecording, log: Logger) {
    this.#room = room;
    this.#recording = recording;
    this.#log = log;
    this.#timer = setInterval(() => this.#lookForPeople(), EMPTY_CHECK_MS);
    this.over = recording.over.catch(() => undefined).then(() => this.end());
  }

  get manifest(): RecordingManifest {
    return this.#recording.manifest;
  }

  get progress(): RecordingProgress {
    return this.#recording.progress;
  }

  /** Completes the files and leaves the room. Never rejects: the manifest says what went wrong. */
  end(): Promise<void> {
    this.#ending ??= this.#end(() => this.#recording.stop());
    return this.#ending;
  }

  /** The same, for the next start to go on. */
  suspend(): Promise<void> {
    this.#ending ??= this.#end(() => this.#recording.suspend());
    return this.#ending;
  }

  async #end(close: () => Promise<RecordingManifest>): Promise<void> {
    clearInterval(this.#timer);
    try {
      const manifest = await close();
      const { state, seconds } = progressOf(manifest);
      this.#log.info(
        { recording: manifest.id, state, seconds: Math.round(seconds) },
        'a recording has ended',
      );
    } catch (error) {
      this.#log.error({ recording: this.manifest.id, err: error }, 'a recording has failed');
    }
    await this.#room.leave().catch((error: unknown) => {
      if (!(error instanceof PartylineError)) throw error;
    });
  }

  #lookForPeople(): void {
    const { participants, listeners, state, clock } = this.#room;
    // While the connection is lost nobody can be said to have gone.
    const isEmpty = state.phase === 'live' && listeners === 0 && participants.every(({ self }) => self);
    if (!isEmpty) this.#emptySinceMs = undefined;
    else this.#emptySinceMs ??= clock.now();
    if (this.#emptySinceMs !== undefined && clock.now() - this.#emptySinceMs >= EMPTY_MS) void this.end();
  }
}
