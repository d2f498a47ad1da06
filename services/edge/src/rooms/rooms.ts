import type { RoomId } from '@partyline/protocol';
import type { EdgeCounters } from '../counters.ts';
import { Topic, type TopicIds } from '../media/topic.ts';
import type { Publisher } from '../transport/connection.ts';
import { Room } from './room.ts';

export interface RoomsOptions {
  lastN: number;
  counters: EdgeCounters;
  publisher: Publisher;
  topicIds: TopicIds;
}

/** Who wants to know which rooms are here. */
export interface RoomsWatcher {
  opened(room: Room): void;
  closed(room: Room): void;
}

/** The rooms of this edge; a room is here as long as it has members here, reconnecting ones included. */
export class Rooms {
  readonly all = new Map<RoomId, Room>();
  watcher: RoomsWatcher | undefined;
  readonly #options: RoomsOptions;

  constructor(options: RoomsOptions) {
    this.#options = options;
  }

  /** Undefined when topic ids have run out. */
  open(name: RoomId, nowMs: number): Room | undefined {
    const known = this.all.get(name);
    if (known) return known;
    const { lastN, counters, publisher, topicIds } = this.#options;
    const id = topicIds.take(nowMs);
    if (id === undefined) return undefined;
    const room = new Room(name, new Topic(id), lastN, counters, publisher);
    this.all.set(name, room);
    this.watcher?.opened(room);
    return room;
  }

  /** Forgets the room if nobody is left. */
  closeIfEmpty(room: Room, nowMs: number): void {
    if (!room.empty || this.all.get(room.name) !== room) return;
    this.all.delete(room.name);
    this.watcher?.closed(room);
    this.#options.topicIds.giveBack(room.topic.id, nowMs);
  }
}
