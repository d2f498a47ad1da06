import type { StreamId } from '@partyline/protocol';
import { MAX_TOLD_DEPARTURES, TOLD_DEPARTURE_MS } from '../limits.ts';
import type { Member } from '../rooms/member.ts';
import type { Room } from '../rooms/room.ts';
import type { PartChange, WholePart } from './part.ts';
import { MAX_PARTICIPANTS_PER_MESSAGE, type PeerParticipant } from './peer-message.ts';

/** A session of somebody unannounced is told in whole parts for this long, in ms. */
const TOLD_FOR_MS = 10_000;

/** What is told of a part beside its participants. */
type Told = Pick<WholePart, 'listeners' | 'recording' | 'interested' | 'channel' | 'wanted' | 'codecs'>;

/** This edge's part of a room, as the others are told: a version goes up with each change that is sent. */
export class OwnPart {
  readonly #room: Room;
  version: number;
  /** True once this edge's subscription of the room's channel is in place. */
  channel = false;
  #told: Told = { listeners: 0, recording: 0, interested: false, channel: false, wanted: [] };
  readonly #participants = new Set<StreamId>();
  /** What may have changed; true if it moved to another edge. */
  readonly #touched = new Map<StreamId, boolean>();
  /** Who came with an older session elsewhere and is announced to nobody: so that that one ends. */
  readonly #sessions = new Map<StreamId, { generation: number; untilMs: number }>();

  /** Who left for good, until when it is told in whole parts; in the order of these times. */
  readonly #left = new Map<StreamId, number>();

  constructor(room: Room, version: number) {
    this.#room = room;
    this.version = version;
  }

  /** Whether somebody here listens, as the peers were told last. */
  get interested(): boolean {
    return this.#told.interested;
  }

  /** How many participants it names. */
  get size(): number {
    return this.#participants.size;
  }

  touch(streamId: StreamId, moved: boolean): void {
    this.#touched.set(streamId, moved || (this.#touched.get(streamId) ?? false));
  }

  /** What has changed since the last time, as the next version; undefined if nothing has. */
  take(nowMs: number): PartChange | undefined {
    const change: PartChange = { type: 'change', room: this.#room.name, version: this.version + 1 };
    const participants: PeerParticipant[] = [];
    const left: { streamId: number; moved?: boolean }[] = [];
    const sessions: { streamId: number; generation: number }[] = [];
    let taken = 0;
    for (const [streamId, moved] of this.#touched) {
      if (++taken > MAX_PARTICIPANTS_PER_MESSAGE) break;
      this.#touched.delete(streamId);
      const member = this.#room.members.get(streamId);
      if (member?.announced) {
        this.#participants.add(streamId);
        this.#left.delete(streamId);
        participants.push(told(member));
        continue;
      }
      if (this.#participants.delete(streamId)) {
        left.push(moved ? { streamId, moved } : { streamId });
        if (!moved) this.#remember(streamId, nowMs);
      }
      if (this.#isNewSession(member)) {
        const { generation } = member;
        this.#sessions.set(streamId, { generation, untilMs: nowMs + TOLD_FOR_MS });
        sessions.push({ streamId, generation });
      }
    }
    if (participants.length > 0) change.participants = participants;
    if (left.length > 0) change.left = left;
    if (sessions.length > 0) change.sessions = sessions;
    this.#takeRest(change);
    if (Object.keys(change).length === 3) return undefined;
    this.version = change.version;
    return change;
  }

  /** True when {@link take} left something for the next time. */
  get pending(): boolean {
    return this.#touched.size > 0;
  }

  /** All of it, at the version that was taken last. */
  whole(nowMs: number): WholePart {
    const participants: PeerParticipant[] = [];
    for (const streamId of this.#participants) {
      const member = this.#room.members.get(streamId);
      if (member?.announced) participants.push(told(member));
    }
    const sessions: { streamId: number; generation: number }[] = [];
    for (const [streamId, { generation, untilMs }] of this.#sessions) {
      if (nowMs > untilMs) this.#sessions.delete(streamId);
      else if (sessions.length < MAX_PARTICIPANTS_PER_MESSAGE) sessions.push({ streamId, generation });
    }
    const left: { streamId: number }[] = [];
    for (const [streamId, untilMs] of this.#left) {
      if (nowMs > untilMs) this.#left.delete(streamId);
      else left.push({ streamId });
    }
    return { room: this.#room.name, version: this.version, ...this.#told, participants, sessions, left };
  }

  #remember(streamId: StreamId, nowMs: number): void {
    if (this.#left.size >= MAX_TOLD_DEPARTURES) {
      const [oldest] = this.#left.keys();
      this.#left.delete(oldest!);
    }
    this.#left.set(streamId, nowMs + TOLD_DEPARTURE_MS);
  }

  #takeRest(change: PartChange): void {
    const room = this.#room;
    const before = this.#told;
    const codecs = room.decoding.common;
    const now: Told = {
      listeners: room.silent,
      recording: room.recordedHereSinceMs,
      interested: hasListener(room),
      channel: this.channel,
      wanted: wantedElsewhere(room),
      ...(codecs === undefined ? {} : { codecs: [...codecs] }),
    };
    if (now.listeners !== before.listeners) change.listeners = now.listeners;
    if (now.recording !== before.recording) change.recording = now.recording;
    if (now.interested !== before.interested) change.interested = now.interested;
    if (now.channel !== before.channel) change.channel = now.channel;
    if (now.wanted.join() !== before.wanted.join()) change.wanted = now.wanted;
    if (now.codecs !== undefined && now.codecs.join() !== before.codecs?.join()) change.codecs = now.codecs;
    this.#told = now;
  }

  #isNewSession(member: Member | undefined): member is Member {
    if (member === undefined || member.generation === 0 || member.shadow || member.movedAway) return false;
    return (this.#sessions.get(member.streamId)?.generation ?? -1) < member.generation;
  }
}

/** Those who are away for a moment included: they are to hear at once when they come back. */
export const hasListener = (room: Room): boolean => {
  for (const member of room.members.values()) if (member.grants.subscribe) return true;
  return false;
};

/** Streams that listeners here named and that are not here. */
const wantedElsewhere = (room: Room): number[] => {
  if (room.wanted.size === 0) return NOTHING;
  const wanted: number[] = [];
  for (const streamId of room.wanted.keys()) {
    if (!room.members.has(streamId as StreamId)) wanted.push(streamId);
  }
  return wanted.sort((a, b) => a - b);
};
const NOTHING: number[] = [];

const told = (member: Member): PeerParticipant => ({ ...member.info(), generation: member.generation });
