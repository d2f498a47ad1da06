import type { RoomId } from '@partyline/protocol';
import { RegistryError, type RoomPlace } from './registry.ts';

/** Which edges hold which rooms, in memory; an entry counts only while its edge's lease lives. */
export class Places {
  readonly #rooms = new Map<string, Map<string, RoomPlace>>();
  readonly #maxRooms: number;
  readonly #maxEdges: number;

  constructor({ maxRooms, maxEdges }: { maxRooms: number; maxEdges: number }) {
    this.#maxRooms = maxRooms;
    this.#maxEdges = maxEdges;
  }

  enter(room: RoomId, place: RoomPlace): void {
    const places = this.#rooms.get(room) ?? new Map<string, RoomPlace>();
    if (!this.#rooms.has(room) && this.#rooms.size >= this.#maxRooms) {
      throw new RegistryError('too_many_rooms', `A registry holds at most ${this.#maxRooms} rooms.`);
    }
    if (!places.has(place.edge) && places.size >= this.#maxEdges) {
      throw new RegistryError('too_many_edges', `A registry holds at most ${this.#maxEdges} edges.`);
    }
    places.set(place.edge, { ...place });
    this.#rooms.set(room, places);
  }

  leave(room: RoomId, edge: string, boot: string): void {
    const places = this.#rooms.get(room);
    if (places?.get(edge)?.boot !== boot) return;
    places.delete(edge);
    if (places.size === 0) this.#rooms.delete(room);
  }

  /** Copies, ordered by edge id. */
  of(room: RoomId): RoomPlace[] {
    const places = [...(this.#rooms.get(room)?.values() ?? [])];
    return places.map((place) => ({ ...place })).sort((a, b) => (a.edge < b.edge ? -1 : 1));
  }

  sweep(isLive: (edge: string, boot: string) => boolean): void {
    for (const [room, places] of this.#rooms) {
      for (const [edge, { boot }] of places) if (!isLive(edge, boot)) places.delete(edge);
      if (places.size === 0) this.#rooms.delete(room);
    }
  }
}
