import { ASSUMED_CODECS, type CodecFormat, type EdgeMessage, type EdgeMessageOf } from '@partyline/protocol';
import type { ActiveSpeaker, ParticipantsChange } from './room-types.ts';
import { Roster } from './roster.ts';
import type { Timer, Timers } from './timers.ts';
import { formatNames } from './voice-formats.ts';

/** Told by an attendance. */
export interface AttendanceHandlers {
  participants(change: ParticipantsChange): void;
  speakers(speakers: readonly ActiveSpeaker[]): void;
  /** What everybody who listens can decode has changed. */
  codecs(codecs: readonly CodecFormat[]): void;
  /** A participant is gone for good. */
  left(streamId: number): void;
}

/** An edge may learn of participants on other edges after its `welcome`; later than this they are gone. */
const ABSENCE_MS = 3_000;

/** Keeps the roster, and tells what really changed: who is only unknown to a new edge as yet has not left. */
export class Attendance {
  readonly roster = new Roster();
  /** What everybody who listens can decode. */
  codecs: readonly CodecFormat[] = formatNames(ASSUMED_CODECS);
  readonly #timers: Timers;
  readonly #handlers: AttendanceHandlers;
  #timer: Timer | undefined;

  constructor(timers: Timers, handlers: AttendanceHandlers) {
    this.#timers = timers;
    this.#handlers = handlers;
  }

  welcome(welcome: EdgeMessageOf<'welcome'>): void {
    this.#changed(this.roster.welcome(welcome));
    this.#setCodecs(welcome.codecs ?? ASSUMED_CODECS);
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
    this.#handlers.codecs(codecs);
  }

  #speakers(message: EdgeMessageOf<'speakers'>): void {
    const updated = this.roster.speak(message);
    this.#handlers.speakers(this.roster.speakers);
    if (updated.length === 0) return;
    const { participants, listeners } = this.roster;
    this.#handlers.participants({ participants, listeners, joined: [], updated, left: [] });
  }

  #giveUpAbsent(): void {
    const { absent, listeners } = this.roster;
    this.take({ type: 'participants', left: [...absent], listeners });
  }

  #changed(change: ParticipantsChange): void {
    for (const { streamId } of change.left) this.#handlers.left(streamId);
    this.#handlers.participants(change);
  }
}
