import type {
  EdgeMessage,
  Identity,
  ParticipantInfo,
  RoomId,
  SelectionMode,
  StreamId,
} from '@partyline/protocol';
import { encodeControl } from '@partyline/protocol';
import type { EdgeCounters } from '../counters.ts';
import { PendingMessage } from '../media/pending-message.ts';
import type { Topic } from '../media/topic.ts';
import { RoomRoutes } from '../peering/room-routes.ts';
import type { Roster } from '../peering/roster.ts';
import { RemoteStreams } from '../relay/remote-streams.ts';
import type { Session } from '../sessions/session.ts';
import type { Publisher } from '../transport/connection.ts';
import { Announcements } from './announcements.ts';
import { CodecCensus, commonCodecs } from './codec-census.ts';
import type { Member } from './member.ts';
import { earlier } from './recorded-since.ts';
import { Selector } from './selector.ts';

/** What the other edges that hold the room are told, and have told. */
export interface RoomPeering {
  readonly roster: Roster;
  /** A participant of this edge has come, changed or gone, perhaps to another edge. */
  touched(streamId: StreamId, moved: boolean): void;
  /** Listeners may want something else than before. */
  interest(): void;
  /** What `ready` is to wait for. */
  joined(): Promise<void> | undefined;
}

/** The part of a room that is on this edge: who is here, and who is heard. */
export class Room {
  readonly name: RoomId;
  readonly topic: Topic;
  /** Names of the native topics for media and for control messages. */
  readonly mediaTopic: string;
  readonly controlTopic: string;
  readonly members = new Map<StreamId, Member>();
  readonly identities = new Map<Identity, Member>();
  readonly selector: Selector;
  readonly pending = new PendingMessage();
  readonly announcements: Announcements;
  /** Where frames go beside this edge's listeners. */
  readonly routes: RoomRoutes;
  /** Streams that speak on other edges. */
  readonly remote = new RemoteStreams();
  /** Absent on an edge without others. */
  peering: RoomPeering | undefined;
  /** Sessions with a topic of their own. */
  readonly lanes: Session[] = [];
  /** How many listeners name a stream with `always`. */
  readonly wanted = new Map<number, number>();
  /** Listeners of the room's topic, and those of them that are not paused. */
  listening = 0;
  attached = 0;
  /** Members who only listen. */
  silent = 0;
  /** What those here can decode who may listen. */
  readonly decoding = new CodecCensus();
  /** Members who record; mostly none. */
  readonly recorders = new Set<Member>();
  readonly #publisher: Publisher;

  constructor(name: RoomId, topic: Topic, lastN: number, counters: EdgeCounters, publisher: Publisher) {
    this.name = name;
    this.routes = new RoomRoutes(name);
    this.topic = topic;
    this.mediaTopic = `m${topic.id}`;
    this.controlTopic = `c${topic.id}`;
    this.selector = new Selector(lastN, counters.selector);
    this.#publisher = publisher;
    this.announcements = new Announcements(this, counters);
  }

  add(member: Member): void {
    // Its level and standing go on when it comes from another edge.
    member.speaker = this.remote.speakerOf(member.streamId) ?? member.speaker;
    this.members.set(member.streamId, member);
    this.identities.set(member.identity, member);
    if (member.listensOnly) this.silent += 1;
    if (member.grants.subscribe) this.decoding.add(member.codecs);
    this.announcements.joined(member);
    this.peering?.touched(member.streamId, false);
  }

  remove(member: Member): void {
    if (this.members.get(member.streamId) !== member) return;
    this.recorders.delete(member);
    this.members.delete(member.streamId);
    if (this.identities.get(member.identity) === member) this.identities.delete(member.identity);
    if (member.listensOnly) this.silent -= 1;
    if (member.grants.subscribe) this.decoding.remove(member.codecs);
    // Another edge speaks for it now, or the selector finds out that nobody does.
    if (this.remote.speakerOf(member.streamId) !== member.speaker) this.selector.remove(member.speaker);
    if (member.announced) {
      this.peering?.roster.left(member.streamId, member.generation);
      this.announcements.left(member.streamId);
    } else this.peering?.touched(member.streamId, member.movedAway);
  }

  /** Changes something about a member while keeping the count of listeners right. */
  change(member: Member, change: () => void): void {
    const wasAnnounced = member.announced;
    if (member.listensOnly) this.silent -= 1;
    if (member.grants.subscribe) this.decoding.remove(member.codecs);
    const { generation } = member;
    const before = this.peering && wasAnnounced ? member.info() : undefined;
    change();
    if (member.listensOnly) this.silent += 1;
    if (member.grants.subscribe) this.decoding.add(member.codecs);
    if (member.movedAway && before !== undefined) this.peering?.roster.hold(before, generation);
    this.peering?.touched(member.streamId, member.movedAway);
    if (wasAnnounced && !member.announced) this.announcements.left(member.streamId, member.movedAway);
    else if (!wasAnnounced && member.announced) this.announcements.joined(member);
    else this.announcements.updated(member);
  }

  /** @param sinceMs epoch ms; 0 when the member does not record any more */
  setRecording(member: Member, sinceMs: number): void {
    if (member.recordingSinceMs === sinceMs) return;
    member.recordingSinceMs = sinceMs;
    if (sinceMs > 0) this.recorders.add(member);
    else this.recorders.delete(member);
    // No participant has changed, but this edge's part of the room has.
    this.peering?.touched(member.streamId, member.movedAway);
  }

  setSelection(member: Member, mode: SelectionMode): void {
    if (member.speaker.mode === mode) return;
    member.speaker.mode = mode;
    if (mode === 'excluded') this.selector.remove(member.speaker);
    this.announcements.updated(member);
  }

  /** To everybody here; encoded once. */
  broadcast(message: EdgeMessage): void {
    this.#publisher.publishText(this.controlTopic, encodeControl(message));
  }

  /** As everybody is to see a participant, wherever it is; undefined for one who is nowhere, or not announced. */
  participant(streamId: StreamId): ParticipantInfo | undefined {
    const member = this.members.get(streamId);
    const remote = this.peering?.roster.get(streamId);
    if (!member?.announced) return remote?.info;
    const isElsewhere =
      remote !== undefined &&
      (remote.generation > member.generation ||
        (remote.generation === member.generation &&
          member.session === undefined &&
          !remote.info.reconnecting));
    return isElsewhere ? remote.info : member.info();
  }

  /** Everybody who is announced, of all edges; no more than so many. */
  participants(limit: number): ParticipantInfo[] {
    const all: ParticipantInfo[] = [];
    for (const streamId of this.members.keys()) {
      if (all.length >= limit) return all;
      const participant = this.participant(streamId);
      if (participant !== undefined) all.push(participant);
    }
    for (const streamId of this.peering?.roster.streams() ?? []) {
      if (all.length >= limit) break;
      if (this.members.has(streamId)) continue;
      const participant = this.participant(streamId);
      if (participant !== undefined) all.push(participant);
    }
    return all;
  }

  /** What moderators decided about a participant on another edge, as far as is known. */
  selectionOf(streamId: number): SelectionMode | undefined {
    return this.peering?.roster.get(streamId as StreamId)?.info.selection;
  }

  /** Those who only listen, on all edges. */
  get listeners(): number {
    return this.silent + (this.peering?.roster.listeners ?? 0);
  }

  /** What everybody can decode who listens, on all edges. */
  get codecs(): readonly number[] {
    const { common } = this.decoding;
    return commonCodecs([...(common === undefined ? [] : [common]), ...(this.peering?.roster.codecs ?? [])]);
  }

  /** Since when somebody here records, epoch ms; 0 when nobody does. */
  get recordedHereSinceMs(): number {
    let sinceMs = 0;
    for (const { recordingSinceMs } of this.recorders) sinceMs = earlier(sinceMs, recordingSinceMs);
    return sinceMs;
  }

  /** The same of all edges. */
  get recordedSinceMs(): number {
    return earlier(this.recordedHereSinceMs, this.peering?.roster.recordedSinceMs ?? 0);
  }

  get empty(): boolean {
    return this.members.size === 0;
  }
}
