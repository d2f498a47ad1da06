import {
  type Bus,
  type BusSubscription,
  type OutgoingLink,
  type OutgoingLinks,
  peerChannel,
} from '@partyline/bus';
import type { EdgeMessageOf, RoomId, StreamId } from '@partyline/protocol';
import type { Registry } from '@partyline/registry';
import type { Clock } from '@partyline/runtime';
import type { Logger } from '@partyline/telemetry';
import type { FailureLog } from '../failure-log.ts';
import { PART_CHANGES_EVERY_MS, PEER_LACKING_MS } from '../limits.ts';
import type { Room } from '../rooms/room.ts';
import type { RoomsWatcher } from '../rooms/rooms.ts';
import type { RoomPeers as JoiningPeers } from '../sessions/room-peers.ts';
import { within } from '../within.ts';
import { Digests } from './digests.ts';
import type { PeerCounters } from './peer-counters.ts';
import { PeerData } from './peer-data.ts';
import { PeerInbox } from './peer-inbox.ts';
import type { PeerAddress } from './peer-message.ts';
import { PeerSender } from './peer-sender.ts';
import { Peers } from './peers.ts';
import { Presence } from './presence.ts';
import type { MediaChannels } from './room-channel.ts';
import { RoomPeers, type RoomPeersServices } from './room-peers.ts';
import type { RosterEvents } from './roster.ts';

/** After a bus that could not be subscribed to, in ms. */
const SUBSCRIBE_RETRY_MS = 1_000;
/** The longest that a start waits for the bus, in ms. */
const START_WAIT_MS = 1_000;

export interface PeeringServices {
  /** For control: not the connection that voice takes. */
  bus: Bus;
  registry: Pick<Registry, 'enterRoom' | 'leaveRoom'>;
  failures: FailureLog;
  log: Logger;
  clock: Clock;
  counters: PeerCounters;
  events: RosterEvents;
  /** Since when the registry has been in contact without a break, epoch ms; undefined while it is not. */
  registrySinceMs: () => number | undefined;
  /** Ways of media to other edges; without, rooms have no routes. */
  links?: OutgoingLinks;
  channels?: MediaChannels;
}

/** This edge among the others: which rooms they have in common, and what they tell each other about them. */
export class Peering implements RoomsWatcher, JoiningPeers {
  readonly peers: Peers;
  readonly #data: PeerData;
  readonly #channel: string;
  readonly #services: PeeringServices;
  readonly #rooms = new Map<RoomId, RoomPeers>();
  readonly #changed = new Set<RoomPeers>();
  readonly #sender: PeerSender;
  readonly #presence: Presence;
  readonly #digests: Digests;
  readonly #inbox: PeerInbox;
  readonly #roomServices: RoomPeersServices;
  #subscription: BusSubscription | undefined;
  #timer: NodeJS.Timeout | undefined;
  #retryTimer: NodeJS.Timeout | undefined;
  #lastVersion = 0;
  #left = false;

  constructor(prefix: string, own: PeerAddress, services: PeeringServices) {
    const { bus, clock, counters, log, failures, registry, links, channels } = services;
    this.#channel = peerChannel({ prefix, ...own });
    this.#services = services;
    this.peers = new Peers(prefix, own.boot, { counters, log });
    this.#sender = new PeerSender(own, { bus, counters });
    this.#data = new PeerData({ sender: this.#sender, counters });
    this.#presence = new Presence(own, { registry, failures, counters, clock });
    this.#digests = new Digests({
      clock,
      counters,
      sender: this.#sender,
      peers: this.peers,
      rooms: this.#rooms,
      ownChannel: this.#channel,
    });
    this.#inbox = new PeerInbox({
      log,
      ownBoot: own.boot,
      counters,
      peers: this.peers,
      rooms: this.#rooms,
      sender: this.#sender,
      digests: this.#digests,
      data: this.#data,
    });
    this.#roomServices = {
      own,
      clock,
      counters,
      sender: this.#sender,
      presence: this.#presence,
      events: services.events,
      routes: links && { links, prefix, own },
      channels,
      peer: (address) => this.peers.open(address, clock.now()),
      changed: (room) => this.#flushSoon(room),
      reachable: () => bus.stats.up,
      settled: (nowMs) => this.#settled(nowMs),
    };
    if (links !== undefined) links.onDeaf = (link) => this.#deaf(link);
  }

  /** Listens from here on. A bus that is away holds up nothing: it is tried again, and the edge is by itself meanwhile. */
  async start(): Promise<void> {
    await within(this.#listen(), START_WAIT_MS).catch(() => undefined);
  }

  opened(room: Room): void {
    if (this.#left) return;
    // Above every version of a former time that the room was here.
    this.#lastVersion = Math.max(Math.floor(this.#services.clock.now()), this.#lastVersion + 1);
    const peers = new RoomPeers(room, this.#lastVersion, this.#roomServices);
    this.#rooms.set(room.name, peers);
    room.peering = peers;
    room.selectionOf = (streamId) => peers.roster.selectionOf(streamId);
    peers.open();
  }

  closed(room: Room): void {
    const peers = this.#rooms.get(room.name);
    if (peers?.room !== room) return;
    peers.close(!this.#left);
    this.#lastVersion = Math.max(this.#lastVersion, peers.version);
    this.#rooms.delete(room.name);
    this.#changed.delete(peers);
    room.peering = undefined;
  }

  named(room: Room, places: readonly PeerAddress[]): void {
    this.#rooms.get(room.name)?.placesNamed(places);
  }

  joined(room: Room): Promise<void> | undefined {
    return room.peering?.joined();
  }

  generationElsewhere(room: Room, streamId: StreamId): number | undefined {
    const remote = room.peering?.roster.get(streamId);
    return remote?.at === undefined ? undefined : remote.generation;
  }

  /**
   * Passes a message of a participant here on to the room's other edges.
   * @param to identities that are not here; undefined for the whole room
   * @returns to how many those handed it; undefined when there are none
   */
  sendData(
    room: Room,
    data: EdgeMessageOf<'data'>,
    to: readonly string[] | undefined,
  ): Promise<number> | undefined {
    const peers = this.#rooms.get(room.name);
    return peers && this.#data.send(peers, data, to);
  }

  /** The registry has lost its state or was away: it is told all rooms again. */
  tellAnew(): void {
    this.#services.counters.toldAnew += 1;
    this.#presence.tellAnew();
  }

  /** Call it every TICK_MS. */
  tick(nowMs: number): void {
    this.#digests.tick(nowMs);
    this.peers.tick(nowMs, (peer) => this.#inbox.silence(peer));
    this.#presence.tick(nowMs);
    for (const room of this.#rooms.values()) room.tick(nowMs);
  }

  /** Tells the peers that this edge goes, so that they wait for its participants instead of for it. */
  leave(): void {
    if (this.#left) return;
    for (const room of this.#rooms.values()) room.flush();
    this.#left = true;
    const peers = [...this.peers.all()].filter(({ rooms }) => rooms.size > 0);
    this.#sender.send(peers, { type: 'gone' });
  }

  /** Leaves all rooms. @param limitMs how long to wait for the registry */
  async stop(limitMs: number): Promise<void> {
    this.leave();
    clearTimeout(this.#timer);
    clearTimeout(this.#retryTimer);
    this.#subscription?.close();
    this.#data.stop();
    for (const { room } of [...this.#rooms.values()]) this.closed(room);
    await this.#presence.settled(limitMs);
  }

  async #listen(): Promise<void> {
    const { bus, clock, failures } = this.#services;
    try {
      const subscription = await bus.subscribe(this.#channel, (bytes) => {
        if (!this.#left) this.#inbox.receive(bytes, clock.now());
      });
      if (this.#left) subscription.close();
      else this.#subscription = subscription;
    } catch (error) {
      failures.report(error, 'Other edges cannot be listened to; it is tried again.');
      if (!this.#left) this.#retryTimer = setTimeout(() => void this.#listen(), SUBSCRIBE_RETRY_MS);
    }
  }

  #deaf(link: OutgoingLink): void {
    for (const room of this.#rooms.values()) room.deaf(link);
  }

  #settled(nowMs: number): boolean {
    const registrySinceMs = this.#services.registrySinceMs();
    const { hearingSinceMs } = this.#digests;
    if (registrySinceMs === undefined || hearingSinceMs === undefined) return false;
    return nowMs - Math.max(registrySinceMs, hearingSinceMs) >= PEER_LACKING_MS;
  }

  /** What changes within some ms is one message. */
  #flushSoon(room: RoomPeers): void {
    if (this.#left) return;
    this.#changed.add(room);
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      for (const changed of this.#changed) {
        this.#changed.delete(changed);
        changed.flush();
      }
    }, PART_CHANGES_EVERY_MS);
  }
}
