import type { EdgeId, RoomId } from '@partyline/protocol';
import type { RoomVersion } from '../event-log.ts';
import { RegistryError, type RoomPlace, type RoomPlaces } from '../registry.ts';
import { escaped, list, type Reply, readPlaces } from './encoding.ts';
import type { RedisLeases } from './redis-leases.ts';
import type { RoomCommands } from './room-commands.ts';

/** Which edges hold which rooms; an entry counts only while its edge's lease lives. */
export class RedisPlaces {
  readonly #maxEdges: number;
  readonly #rooms: RoomCommands;
  readonly #leases: RedisLeases;

  constructor(maxEdges: number, { rooms, leases }: { rooms: RoomCommands; leases: RedisLeases }) {
    this.#maxEdges = maxEdges;
    this.#rooms = rooms;
    this.#leases = leases;
  }

  async enter(room: RoomId, place: RoomPlace, known: RoomVersion | undefined): Promise<RoomPlaces> {
    const { edge, boot, participants, region } = place;
    const reply = await this.#rooms.run('enterRoom', room, [
      escaped(edge),
      escaped(boot),
      participants,
      escaped(region),
      this.#maxEdges,
      known?.incarnation ?? '',
      Number.parseInt(known?.incarnation ?? '', 10) || 0,
    ]);
    if (reply === 'too_many_edges') {
      throw new RegistryError(reply, `A room is held by at most ${this.#maxEdges} edges.`);
    }
    return this.#live(reply, edge);
  }

  async leave(room: RoomId, edge: EdgeId, boot: string): Promise<void> {
    await this.#rooms.run('leaveRoom', room, [escaped(edge), escaped(boot)]);
  }

  async of(room: RoomId): Promise<RoomPlaces> {
    return this.#live(await this.#rooms.run('places', room));
  }

  async #live(reply: Reply, except?: EdgeId): Promise<RoomPlaces> {
    const [stored, incarnation, counter] = list(reply);
    const others = readPlaces(stored).filter(({ edge }) => edge !== except);
    // Leases are in another slot, so they cannot be looked at in the same step.
    const boots = await this.#leases.bootsOf(others.map(({ edge }) => edge));
    const places = others.filter(({ edge, boot }) => boots.get(edge) === boot);
    const version = { incarnation: String(incarnation), counter: Number(counter) };
    return { places, complete: true, ...(incarnation !== '' && { version }) };
  }
}
