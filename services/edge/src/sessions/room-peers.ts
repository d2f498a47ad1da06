import type { StreamId } from '@partyline/protocol';
import type { TicketClaims } from '@partyline/tokens';
import type { Room } from '../rooms/room.ts';

/** What joining asks of the other edges that hold a room. */
export interface RoomPeers {
  /** A fresh ticket names edges that hold the room as well: they are greeted before the registry has answered. */
  named(room: Room, places: NonNullable<TicketClaims['places']>): void;
  /**
   * Resolves when the other edges know what this one wants of the room, or were waited for long enough; undefined
   * when there is nothing to wait for. Never rejects.
   */
  joined(room: Room): Promise<void> | undefined;
  /** The highest generation of a stream that another edge has announced. */
  generationElsewhere(room: Room, streamId: StreamId): number | undefined;
}

/** For an edge without others. */
export const NO_PEERS: RoomPeers = {
  named: () => undefined,
  joined: () => undefined,
  generationElsewhere: () => undefined,
};
