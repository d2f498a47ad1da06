import type { OutgoingLink } from '@partyline/bus';
import type { Room } from '../rooms/room.ts';
import type { PeerAddress } from './peer-message.ts';
import { type MediaChannels, RoomChannel } from './room-channel.ts';
import type { RoomPeer } from './room-peer.ts';
import { RouteKeeper, type RouteKeeperServices } from './route-keeper.ts';

export interface RoomWaysServices {
  own: PeerAddress;
  routes: RouteKeeperServices | undefined;
  channels: MediaChannels | undefined;
}

/** The ways of one room's media between edges: out, by the routes, and in, by the room's channel. */
export class RoomWays {
  readonly #peers: ReadonlyMap<string, RoomPeer>;
  readonly #region: string;
  readonly #routes: RouteKeeper | undefined;
  readonly #channel: RoomChannel | undefined;
  #closed = false;

  /** @param onChannel the peers are to be told that the channel reaches this edge, or no longer does */
  constructor(
    room: Room,
    peers: ReadonlyMap<string, RoomPeer>,
    { own, routes, channels }: RoomWaysServices,
    onChannel: (subscribed: boolean) => void,
  ) {
    this.#peers = peers;
    this.#region = own.region;
    this.#routes = routes && new RouteKeeper(room.name, room.routes, routes);
    this.#channel =
      channels &&
      new RoomChannel(room.name, channels, () => {
        this.#route();
        onChannel(this.#channel?.ready ?? false);
      });
  }

  /** A part has come, changed or gone. */
  update(nowMs: number): void {
    this.tick(nowMs);
    this.#route();
  }

  /** Call it every TICK_MS. */
  tick(nowMs: number): void {
    if (this.#routes?.tick(nowMs) === true) this.#route();
    if (this.#channel === undefined || this.#closed) return;
    let edges = 1;
    for (const { peer, part } of this.#peers.values()) {
      if (part !== undefined && peer.address.region === this.#region) edges += 1;
    }
    this.#channel.update(edges, nowMs);
  }

  /** Whether this link is one of this room's. */
  uses(link: OutgoingLink): boolean {
    return this.#routes?.uses(link) ?? false;
  }

  close(): void {
    this.#closed = true;
    this.#channel?.close();
    this.#routes?.close();
  }

  #route(): void {
    if (!this.#closed) this.#routes?.update(this.#peers.values(), this.#channel?.ready ?? false);
  }
}
