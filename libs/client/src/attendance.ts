import { ASSUMED_CODECS, type CodecFormat, type EdgeMessage, type EdgeMessageOf } from '@partyline/protocol';
import type { Emitter } from './emitter.ts';
import type { ParticipantsChange, RoomEvents, RoomRecordingState } from './room-types.ts';
import { Roster } from './roster.ts';
import type { Timer, Timers } from './timers.ts';
import { formatNames } from './voice-formats.ts';

/** An edge may learn of participants on other edges after its `welcome`; later than this they are gone. */
const ABSENCE_MS = 3_000;

/** Keeps the roster, and tells what really changed: who is only unknown to a new edge as yet has not left. */
export class Attendance {
  readonly roster = new Roster();
  /** What everybody who listens can decode. */
  codecs: readonly CodecFormat[] = formatNames(ASSUMED_CODECS);
  recording: RoomRecordingState | undefined;
  readonly #timers: Timers;
  readonly #events: Emitter<RoomEvents>;
  readonly #left: (streamId: number) => void;
  #timer: Timer | undefined;

  /** @param left told who is gone for good */
  constructor(timers: Timers, events: Emitter<RoomEvents>, left: (streamId: number) => void) {
    this.#timers = timers;
    this.#events = events;
    this.#left = left;
  }

  welcome(welcome: EdgeMessageOf<'welcome'>): void {
    this.#changed(this.roster.welcome(welcome));
    this.#setCodecs(welcome.codecs ?? ASSUMED_CODECS);
    this.#setRecording(welcome.recording);
    this.#timer?.cancel();
    if (this.roster.absent.size > 0) {
      this.#timer = this.#timers.after(ABSENCE_MS, () => this.#giveUpAbsent());
    }
  }

  /** Takes a message of the session; those that tell of nobody are none of its business. */
  take(message: EdgeMessage): void {
    if (message.type === 'participants') {
      this.#changed(this.roster.change(message));
      if (message.codecs !== undefined) this.#setCodecs(message.codecs);
    } else if (message.type === 'speakers') this.#speakers(message);
    else if (message.type === 'recording') this.#setRecording(message.since);
  }

  /** The connection is lost: nobody is heard, and nobody can be said to have left. */
  lost(): void {
    this.#timer?.cancel();
    if (this.roster.speakers.length > 0) this.#speakers({ type: 'speakers', speakers: [] });
  }

  #setCodecs(ids: readonly number[]): void {
    const codecs = formatNames(ids);
    if (codecs.join() === this.codecs.join()) return;
    this.codecs = codecs;
    this.#events.emit('codecs', codecs);
  }

  #setRecording(sinceMs: number | undefined): void {
    if (sinceMs === this.recording?.sinceMs) return;
    this.recording = sinceMs === undefined ? undefined : { sinceMs };
    this.#events.emit('recording', this.recording);
  }

  #speakers(message: EdgeMessageOf<'speakers'>): void {
    const updated = this.roster.speak(message);
    this.#events.emit('speakers', this.roster.speakers);
    if (updated.length === 0) return;
    const { participants, listeners } = this.roster;
    this.#events.emit('participants', { participants, listeners, joined: [], updated, left: [] });
  }

  #giveUpAbsent(): void {
    const { absent, listeners } = this.roster;
    this.take({ type: 'participants', left: [...absent], listeners });
  }

  #changed(change: ParticipantsChange): void {
    for (const { streamId } of change.left) this.#left(streamId);
    this.#events.emit('participants', change);
  }
}
