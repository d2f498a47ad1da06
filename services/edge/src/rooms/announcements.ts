import { distance32, type EdgeMessageOf, type ParticipantInfo, type StreamId } from '@partyline/protocol';
import type { EdgeCounters } from '../counters.ts';
import { MAX_ANNOUNCED_AT_ONCE } from '../limits.ts';
import type { Member } from './member.ts';
import type { Room } from './room.ts';

/** At most five speaker messages a second. */
const SPEAKERS_EVERY_MS = 200;

/**
 * Tells a room's listeners here what has changed, wherever it has: collected, so that a hundred joins in a moment are
 * one message and not a hundred.
 */
export class Announcements {
  readonly #room: Room;
  readonly #counters: EdgeCounters;
  readonly #changed = new Set<StreamId>();
  /** Who was announced, so that a change can be told from an arrival. */
  readonly #told = new Set<StreamId>();
  #announcedListeners = 0;
  #announcedCodecs: readonly number[] = [];
  #announcedRecordingMs = 0;
  #selectorVersion = 0;
  #speakersAtMs = Number.NEGATIVE_INFINITY;
  #speakers = '';

  constructor(room: Room, counters: EdgeCounters) {
    this.#room = room;
    this.#counters = counters;
  }

  joined(member: Member): void {
    this.updated(member);
  }

  updated(member: Member): void {
    if (!member.announced) return;
    this.touch(member.streamId);
    this.#room.peering?.touched(member.streamId, false);
  }

  /** Somebody who was announced is no longer here; perhaps on another edge. */
  left(streamId: StreamId, moved = false): void {
    this.touch(streamId);
    this.#room.peering?.touched(streamId, moved);
  }

  /** Something about this participant, here or on another edge, may have changed: it is looked up when it is told. */
  touch(streamId: StreamId): void {
    this.#changed.add(streamId);
  }

  /** Who is selected now. */
  speakers(): EdgeMessageOf<'speakers'> {
    const selected = this.#room.selector.selected();
    return {
      type: 'speakers',
      speakers: selected.map(({ streamId, level }) => ({ streamId, level: level.level })),
    };
  }

  /** Tells everybody what has changed since the last time. */
  flush(nowMs: number): void {
    this.#flushParticipants();
    this.#flushRecording();
    this.#flushSpeakers(nowMs);
  }

  #flushRecording(): void {
    const sinceMs = this.#room.recordedSinceMs;
    if (sinceMs === this.#announcedRecordingMs) return;
    this.#announcedRecordingMs = sinceMs;
    this.#room.broadcast({ type: 'recording', ...(sinceMs > 0 && { since: sinceMs }) });
  }

  #flushParticipants(): void {
    const room = this.#room;
    const { listeners, codecs } = room;
    // Mostly the very same list: only another one is looked into.
    const codecsChanged = codecs !== this.#announcedCodecs && codecs.join() !== this.#announcedCodecs.join();
    if (this.#changed.size === 0 && listeners === this.#announcedListeners && !codecsChanged) return;
    const joined: ParticipantInfo[] = [];
    const updated: ParticipantInfo[] = [];
    const left: StreamId[] = [];
    let taken = 0;
    for (const streamId of this.#changed) {
      if (++taken > MAX_ANNOUNCED_AT_ONCE) break;
      this.#changed.delete(streamId);
      const participant = room.participant(streamId);
      if (participant === undefined) {
        // Told even if it joined a moment ago: who came in between knows it from its own welcome.
        this.#told.delete(streamId);
        left.push(streamId);
      } else if (this.#told.has(streamId)) updated.push(participant);
      else {
        this.#told.add(streamId);
        joined.push(participant);
      }
    }
    this.#announcedListeners = listeners;
    this.#announcedCodecs = codecs;
    this.#counters.announcements += 1;
    room.broadcast({
      type: 'participants',
      ...(joined.length > 0 ? { joined } : {}),
      ...(updated.length > 0 ? { updated } : {}),
      ...(left.length > 0 ? { left } : {}),
      listeners,
      ...(codecsChanged ? { codecs: [...codecs] } : {}),
    });
  }

  #flushSpeakers(nowMs: number): void {
    const { selector } = this.#room;
    if (distance32(this.#selectorVersion, selector.version) === 0) return;
    if (nowMs - this.#speakersAtMs < SPEAKERS_EVERY_MS) return;
    this.#selectorVersion = selector.version;
    const names = selector
      .selected()
      .map((speaker) => speaker.streamId)
      .join(' ');
    if (names === this.#speakers) return;
    this.#speakers = names;
    this.#speakersAtMs = nowMs;
    this.#room.broadcast(this.speakers());
  }
}
