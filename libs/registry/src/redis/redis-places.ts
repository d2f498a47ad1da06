import type { EdgeId, RoomId } from '@partyline/protocol';
import type { RoomVersion } from '../event-log.ts';
import { RegistryError, type RoomPlace, type RoomPlaces } from '../registry.ts';
import { escaped, list, type Reply, readPlaces } from './encoding.ts';
import type { RedisLeases } from './redis-leases.ts';
import type { RoomCommands } from './room-commands.ts';

/** Edges whose leases are asked for at a guess, in one command. */
const MAX_GUESSED = 64;

/** Which edges hold which rooms; an entry counts only while its edge's lease lives. */
export class RedisPlaces {
  readonly #maxEdges: number;
  readonly #rooms: RoomCommands;
  readonly #leases: RedisLeases;
  /** Edges named lately, the newest last. */
  readonly #named = new Set<EdgeId>();

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

  /** Asked over a long way, too: leases of those that are likely to be named go with it, or it would take twice as long. */
  async of(room: RoomId): Promise<RoomPlaces> {
    const guessed = [...this.#named];
    const [reply, boots] = await Promise.all([
      this.#rooms.run('places', room),
      this.#leases.bootsOf(guessed),
    ]);
    return this.#live(reply, undefined, { edges: new Set(guessed), boots });
  }

  async #live(reply: Reply, except?: EdgeId, asked?: Asked): Promise<RoomPlaces> {
    const [stored, incarnation, counter] = list(reply);
    const others = readPlaces(stored).filter(({ edge }) => edge !== except);
    // Leases are in another slot, so they cannot be looked at in the same step.
    const edges = others.map(({ edge }) => edge);
    const boots = await this.#leases.bootsOf(edges.filter((edge) => asked?.edges.has(edge) !== true));
    this.#note(edges);
    const places = others.filter(({ edge, boot }) => (boots.get(edge) ?? asked?.boots.get(edge)) === boot);
    const version = { incarnation: String(incarnation), counter: Number(counter) };
    return { places, complete: true, ...(incarnation !== '' && { version }) };
  }

  #note(edges: readonly EdgeId[]): void {
    for (const edge of edges) {
      this.#named.delete(edge);
      this.#named.add(edge);
    }
    for (const oldest of this.#named) {
      if (this.#named.size <= MAX_GUESSED) break;
      this.#named.delete(oldest);
    }
  }
}

/** Leases that were looked at: those that live, by edge. */
interface Asked {
  edges: ReadonlySet<EdgeId>;
  boots: ReadonlyMap<EdgeId, string>;
}
