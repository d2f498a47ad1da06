import type { StreamId } from '@partyline/protocol';
import type { Room } from '../rooms/room.ts';

/** What joining asks of the other edges that hold a room. */
export interface RoomPeers {
  /**
   * Resolves when the other edges know what this one wants of the room, or were waited for long enough; undefined
   * when there is nothing to wait for. Never rejects.
   */
  joined(room: Room): Promise<void> | undefined;
  /** The highest generation of a stream that another edge has announced. */
  generationElsewhere(room: Room, streamId: StreamId): number | undefined;
}

/** For an edge without others. */
export const NO_PEERS: RoomPeers = { joined: () => undefined, generationElsewhere: () => undefined };
