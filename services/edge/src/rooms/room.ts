import type { EdgeMessage, Identity, RoomId, SelectionMode, StreamId } from '@partyline/protocol';
import { encodeControl } from '@partyline/protocol';
import type { EdgeCounters } from '../counters.ts';
import { PendingMessage } from '../media/pending-message.ts';
import type { Topic } from '../media/topic.ts';
import type { Session } from '../sessions/session.ts';
import type { Publisher } from '../transport/connection.ts';
import { Announcements } from './announcements.ts';
import type { Member } from './member.ts';
import { Selector } from './selector.ts';

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
  /** Sessions with a topic of their own. */
  readonly lanes: Session[] = [];
  /** How many listeners name a stream with `always`. */
  readonly wanted = new Map<number, number>();
  /** Listeners of the room's topic, and those of them that are not paused. */
  listening = 0;
  attached = 0;
  /** Members who only listen. */
  silent = 0;
  readonly #publisher: Publisher;

  constructor(name: RoomId, topic: Topic, lastN: number, counters: EdgeCounters, publisher: Publisher) {
    this.name = name;
    this.topic = topic;
    this.mediaTopic = `m${topic.id}`;
    this.controlTopic = `c${topic.id}`;
    this.selector = new Selector(lastN, counters.selector);
    this.#publisher = publisher;
    this.announcements = new Announcements(this, counters);
  }

  add(member: Member): void {
    this.members.set(member.streamId, member);
    this.identities.set(member.identity, member);
    if (member.listensOnly) this.silent += 1;
    this.announcements.joined(member);
  }

  remove(member: Member): void {
    if (this.members.get(member.streamId) !== member) return;
    this.members.delete(member.streamId);
    if (this.identities.get(member.identity) === member) this.identities.delete(member.identity);
    if (member.listensOnly) this.silent -= 1;
    this.selector.remove(member.speaker);
    if (member.announced) this.announcements.left(member.streamId);
  }

  /** Changes something about a member while keeping the count of listeners right. */
  change(member: Member, change: () => void): void {
    const wasAnnounced = member.announced;
    if (member.listensOnly) this.silent -= 1;
    change();
    if (member.listensOnly) this.silent += 1;
    if (wasAnnounced && !member.announced) this.announcements.left(member.streamId);
    else if (!wasAnnounced && member.announced) this.announcements.joined(member);
    else this.announcements.updated(member);
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

  get empty(): boolean {
    return this.members.size === 0;
  }
}
