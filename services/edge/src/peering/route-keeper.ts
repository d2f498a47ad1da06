import { inboxChannel, type OutgoingLink, type OutgoingLinks, roomChannel } from '@partyline/bus';
import type { RoomId } from '@partyline/protocol';
import type { PeerAddress } from './peer-message.ts';
import { CHANNEL_FROM_EDGES } from './room-channel.ts';
import type { RoomPeer } from './room-peer.ts';
import type { RoomRoutes } from './room-routes.ts';

/** With fewer subscribers than this, a room channel that is in use is given up. */
const CHANNEL_UNTIL_EDGES = 2;
/**
 * A room channel that was refused for this long is not used, in ms: it lives on one server of the bus, which may be away
 * while the others go on. One that hangs is refused, too, once its connection has been given up.
 */
const CHANNEL_REFUSED_MS = 300;

export interface RouteKeeperServices {
  links: Pick<OutgoingLinks, 'open' | 'close'>;
  /** Stands before every channel. */
  prefix: string;
  own: PeerAddress;
}

/** Keeps the ways of a room's frames to other edges right, from what these say about their listeners. */
export class RouteKeeper {
  readonly #room: RoomId;
  readonly #routes: RoomRoutes;
  readonly #services: RouteKeeperServices;
  /** Links that are open for this room, by their channel. */
  #open = new Map<string, OutgoingLink>();
  /** Regions that are sent to by the room's channel. */
  readonly #wide = new Set<string>();
  /** The links to those channels, by region. */
  #wideLinks = new Map<string, OutgoingLink>();
  /** Of these regions, those whose channel is refused: their inboxes serve while its link asks on. */
  readonly #refused = new Set<string>();

  constructor(room: RoomId, routes: RoomRoutes, services: RouteKeeperServices) {
    this.#room = room;
    this.#routes = routes;
    this.#services = services;
  }

  /**
   * Call it when a part has changed, come or gone.
   * @param ownChannel whether this edge has subscribed to the channel of the room in its own region
   */
  update(peers: Iterable<RoomPeer>, ownChannel: boolean): void {
    const everyPeer = [...peers];
    const listening = everyPeer.filter(
      ({ part }) => part !== undefined && (part.interested || part.wanted.length > 0),
    );
    this.#chooseWide(everyPeer, ownChannel);
    const links = new Map<string, OutgoingLink>();
    const wideLinks = new Map<string, OutgoingLink>();
    const all = new Set<OutgoingLink>();
    const wanted = new Map<number, OutgoingLink[]>();
    for (const { peer, part } of listening) {
      const { region } = peer.address;
      const wide = part!.interested && part!.channel && this.#wide.has(region);
      if (wide && !wideLinks.has(region)) wideLinks.set(region, this.#wideLink(region, links));
      const wideLink = wide && !this.#refused.has(region) ? wideLinks.get(region) : undefined;
      if (part!.interested) all.add(wideLink ?? this.#inbox(peer.address, links));
      for (const streamId of part!.wanted) {
        const ways = wanted.get(streamId);
        const link = this.#inbox(peer.address, links);
        if (ways === undefined) wanted.set(streamId, [link]);
        else ways.push(link);
      }
    }
    this.#publish(all, wanted);
    for (const [channel, link] of this.#open) if (!links.has(channel)) this.#services.links.close(link);
    this.#open = links;
    this.#wideLinks = wideLinks;
    for (const region of this.#refused) if (!wideLinks.has(region)) this.#refused.delete(region);
  }

  /** Call it every TICK_MS. True when the routes are to be updated, as the channel of a region went away or is back. */
  tick(nowMs: number): boolean {
    let changed = false;
    for (const [region, { refusedSinceMs }] of this.#wideLinks) {
      const refused = refusedSinceMs !== undefined && nowMs - refusedSinceMs >= CHANNEL_REFUSED_MS;
      if (refused === this.#refused.has(region)) continue;
      changed = true;
      if (refused) this.#refused.add(region);
      else this.#refused.delete(region);
    }
    return changed;
  }

  /** Whether this link is one of this room's. */
  uses(link: OutgoingLink): boolean {
    for (const open of this.#open.values()) if (open === link) return true;
    return false;
  }

  close(): void {
    this.#publish(new Set(), new Map());
    for (const link of this.#open.values()) this.#services.links.close(link);
    this.#open.clear();
    this.#wideLinks.clear();
  }

  #publish(all: ReadonlySet<OutgoingLink>, wanted: ReadonlyMap<number, OutgoingLink[]>): void {
    const routes = this.#routes;
    if (all.size !== routes.all.length || routes.all.some((link) => !all.has(link))) routes.all = [...all];
    for (const streamId of routes.wanted.keys()) if (!wanted.has(streamId)) routes.wanted.delete(streamId);
    for (const [streamId, links] of wanted) routes.wanted.set(streamId, links);
  }

  /** From three edges of a region that have subscribed to the room's channel on, until fewer than two are left. */
  #chooseWide(peers: readonly RoomPeer[], ownChannel: boolean): void {
    const subscribed = new Map<string, number>();
    const ownRegion = this.#services.own.region;
    if (ownChannel) subscribed.set(ownRegion, 1);
    for (const { peer, part } of peers) {
      if (part?.channel) subscribed.set(peer.address.region, (subscribed.get(peer.address.region) ?? 0) + 1);
    }
    for (const [region, edges] of subscribed) if (edges >= CHANNEL_FROM_EDGES) this.#wide.add(region);
    for (const region of this.#wide) {
      if ((subscribed.get(region) ?? 0) < CHANNEL_UNTIL_EDGES) this.#wide.delete(region);
    }
  }

  #inbox(address: PeerAddress, links: Map<string, OutgoingLink>): OutgoingLink {
    const { prefix } = this.#services;
    const to = { prefix, ...address };
    return this.#link(address.region, [inboxChannel(to, 'a'), inboxChannel(to, 'b')], links);
  }

  #wideLink(region: string, links: Map<string, OutgoingLink>): OutgoingLink {
    return this.#link(region, [roomChannel({ prefix: this.#services.prefix, region }, this.#room)], links);
  }

  #link(region: string, channels: readonly string[], links: Map<string, OutgoingLink>): OutgoingLink {
    const key = channels[0]!;
    const link = links.get(key) ?? this.#open.get(key) ?? this.#services.links.open(region, channels);
    links.set(key, link);
    return link;
  }
}
