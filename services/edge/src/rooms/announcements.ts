import { distance32, type EdgeMessageOf, type ParticipantInfo, type StreamId } from '@partyline/protocol';
import type { EdgeCounters } from '../counters.ts';
import { MAX_ANNOUNCED_AT_ONCE } from '../limits.ts';
import type { Member } from './member.ts';
import type { Room } from './room.ts';

/** At most five speaker messages a second. */
const SPEAKERS_EVERY_MS = 200;

/** Collects what changed in a room, so that a hundred joins in a moment are one message and not a hundred. */
export class Announcements {
  readonly #room: Room;
  readonly #counters: EdgeCounters;
  readonly #joined = new Map<StreamId, Member>();
  readonly #updated = new Map<StreamId, Member>();
  readonly #left = new Set<StreamId>();
  #announcedListeners = 0;
  #selectorVersion = 0;
  #speakersAtMs = Number.NEGATIVE_INFINITY;
  #speakers = '';

  constructor(room: Room, counters: EdgeCounters) {
    this.#room = room;
    this.#counters = counters;
  }

  joined(member: Member): void {
    if (!member.announced) return;
    // Left and came back between two messages: to the others it only has changed.
    if (this.#left.delete(member.streamId)) this.#updated.set(member.streamId, member);
    else this.#joined.set(member.streamId, member);
  }

  updated(member: Member): void {
    if (!member.announced || this.#joined.has(member.streamId)) return;
    this.#updated.set(member.streamId, member);
  }

  /** Somebody who was announced is no longer. */
  left(streamId: StreamId): void {
    this.#updated.delete(streamId);
    // Told even if it joined a moment ago: who came in between knows it from its own welcome.
    this.#joined.delete(streamId);
    this.#left.add(streamId);
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
    this.#flushSpeakers(nowMs);
  }

  #flushParticipants(): void {
    const room = this.#room;
    const changed = this.#joined.size + this.#updated.size + this.#left.size;
    if (changed === 0 && room.silent === this.#announcedListeners) return;
    const joined = takeMembers(this.#joined);
    const updated = takeMembers(this.#updated);
    const left = takeIds(this.#left);
    this.#announcedListeners = room.silent;
    this.#counters.announcements += 1;
    room.broadcast({
      type: 'participants',
      ...(joined.length > 0 ? { joined } : {}),
      ...(updated.length > 0 ? { updated } : {}),
      ...(left.length > 0 ? { left } : {}),
      listeners: room.silent,
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

const takeMembers = (members: Map<StreamId, Member>): ParticipantInfo[] => {
  const taken: ParticipantInfo[] = [];
  for (const [streamId, member] of members) {
    if (taken.length >= MAX_ANNOUNCED_AT_ONCE) break;
    members.delete(streamId);
    taken.push(member.info());
  }
  return taken;
};

const takeIds = (ids: Set<StreamId>): StreamId[] => {
  const taken: StreamId[] = [];
  for (const id of ids) {
    if (taken.length >= MAX_ANNOUNCED_AT_ONCE) break;
    ids.delete(id);
    taken.push(id);
  }
  return taken;
};
