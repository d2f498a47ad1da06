import { type Bus, MemoryBus, MemoryBusHub, type OutgoingLink, type OutgoingLinks } from '@partyline/bus';
import type { EdgeId, EdgeMessageOf, ParticipantInfo, RoomId } from '@partyline/protocol';
import { MemoryRegistry, type Registry, type RoomPlace } from '@partyline/registry';
import { createLogger } from '@partyline/telemetry';
import type { Grants, TicketClaims } from '@partyline/tokens';
import { vi } from 'vitest';
import { FaultyBus } from '../cluster-fixture.ts';
import { EdgeCounters } from '../counters.ts';
import { FailureLog } from '../failure-log.ts';
import { TICK_MS } from '../limits.ts';
import { TopicIds } from '../media/topic.ts';
import { Member } from '../rooms/member.ts';
import type { Room } from '../rooms/room.ts';
import { Rooms } from '../rooms/rooms.ts';
import type { Session } from '../sessions/session.ts';
import { Peering } from './peering.ts';
import type { MediaChannels } from './room-channel.ts';

const ROOM = 'room' as RoomId;
const GRANTS: Grants = { publish: true, subscribe: true, moderate: false, hidden: false, direct: true };
const clock = { now: () => Date.now() };

/** Links that only keep books. */
class BookkeepingLinks implements Pick<OutgoingLinks, 'open' | 'close' | 'onDeaf'> {
  onDeaf: OutgoingLinks['onDeaf'];
  readonly opened = new Map<string, { link: OutgoingLink; holders: number }>();

  open(region: string, channels: readonly string[]): OutgoingLink {
    const channel = channels[0]!;
    const known = this.opened.get(channel);
    if (known !== undefined) {
      known.holders += 1;
      return known.link;
    }
    const link = { channel, region } as OutgoingLink;
    this.opened.set(channel, { link, holders: 1 });
    return link;
  }

  /** The bus takes nothing for the channels of these names from here on, or takes it again. */
  refuse(part: string, sinceMs: number | undefined): void {
    for (const [channel, { link }] of this.opened) {
      if (channel.includes(part)) (link as { refusedSinceMs?: number | undefined }).refusedSinceMs = sinceMs;
    }
  }

  close(link: OutgoingLink): void {
    const known = this.opened.get(link.channel);
    if (known === undefined) throw new Error(`${link.channel} was closed once too often`);
    known.holders -= 1;
    if (known.holders === 0) this.opened.delete(link.channel);
  }
}

/** What an edge's peering has around it, without sockets and media; on vitest's fake timers. */
export class PeeringEdge {
  readonly edge: string;
  readonly boot: string;
  readonly region: string;
  readonly control: FaultyBus;
  readonly counters = new EdgeCounters();
  readonly rooms: Rooms;
  readonly links = new BookkeepingLinks();
  readonly peering: Peering;
  readonly logged: string[] = [];
  readonly superseded: Member[] = [];
  readonly told: EdgeMessageOf<'participants'>[] = [];
  /** Channels of rooms that are subscribed to now. */
  readonly channels = new Set<string>();
  /** How wrong its clock is, in ms. */
  skewMs = 0;
  /** The registry does not answer it. */
  registryAway = false;
  /** Another region's part of the registry does not answer. */
  incomplete = false;
  alive = true;
  readonly #registry: Registry;
  #contactSinceMs: number | undefined;
  #renewAtMs = 0;

  constructor(edge: string, region: string, hub: MemoryBusHub, registry: Registry) {
    this.edge = edge;
    this.boot = `boot-of-${edge}`;
    this.region = region;
    this.#registry = registry;
    this.control = new FaultyBus(new MemoryBus(hub) as Bus);
    const ownClock = { now: () => clock.now() + this.skewMs };
    const log = createLogger({
      level: 'info',
      name: edge,
      output: { write: (line) => this.logged.push(line) },
    });
    this.rooms = new Rooms({
      lastN: 3,
      counters: this.counters,
      publisher: {
        publishBinary: () => undefined,
        publishText: (_topic, text) => {
          const message = JSON.parse(text);
          if (message.type === 'participants') this.told.push(message);
        },
      },
      topicIds: new TopicIds(),
    });
    const channels: MediaChannels = {
      openRoom: async (room) => {
        this.channels.add(room);
        return { close: () => this.channels.delete(room) };
      },
    };
    this.peering = new Peering(
      'test',
      { edge, boot: this.boot, region },
      {
        bus: this.control,
        registry: this,
        failures: new FailureLog({ log, clock: ownClock, counters: this.counters }),
        log,
        clock: ownClock,
        counters: this.counters.peering,
        events: { changed: () => undefined, superseded: (_room, member) => this.superseded.push(member) },
        registrySinceMs: () => this.#contactSinceMs,
        links: this.links as unknown as OutgoingLinks,
        channels,
      },
    );
    this.rooms.watcher = this.peering;
  }

  async enterRoom(room: RoomId, place: RoomPlace) {
    if (this.registryAway) throw new Error('away');
    const places = await this.#registry.enterRoom(room, place);
    if (!this.incomplete) return places;
    return { places: places.places.filter(({ region }) => region === this.region), complete: false };
  }

  async leaveRoom(room: RoomId, edge: EdgeId, boot: string) {
    if (this.registryAway) throw new Error('away');
    await this.#registry.leaveRoom(room, edge, boot);
  }

  get room(): Room | undefined {
    return this.rooms.all.get(ROOM);
  }

  async start(): Promise<this> {
    await this.control.start();
    await this.peering.start();
    await this.#renew();
    return this;
  }

  /** Somebody is admitted; `ready` is up to {@link Peering.joined}. */
  join(
    streamId: number,
    { generation = 0, grants = {} }: { generation?: number; grants?: Partial<Grants> } = {},
  ): Member {
    const claims = {
      room: ROOM,
      streamId,
      sub: `id-${streamId}`,
      name: '',
      resumeId: `r${streamId}`,
      generation,
    };
    const member = new Member({ ...claims, grants: { ...GRANTS, ...grants } } as TicketClaims, clock.now());
    member.session = {} as Session;
    this.rooms.open(ROOM, clock.now())!.add(member);
    return member;
  }

  leave(member: Member): void {
    const { room } = this;
    room!.remove(member);
    this.rooms.closeIfEmpty(room!, clock.now());
  }

  /** By stream id, as a newcomer would be told: `12` is there, `12?` is reconnecting. */
  get seen(): string {
    const shown = ({ streamId, reconnecting }: ParticipantInfo) => `${streamId}${reconnecting ? '?' : ''}`;
    return (this.room?.participants(1_000) ?? []).map(shown).sort().join(' ');
  }

  /** Everybody who was announced as left so far. */
  get left(): number[] {
    return this.told.flatMap(({ left }) => left ?? []);
  }

  /** The channels that every frame goes to. */
  get routes(): string[] {
    return this.room?.routes.all.map(({ channel }) => channel).sort() ?? [];
  }

  async tick(): Promise<void> {
    if (!this.alive) return;
    const nowMs = clock.now() + this.skewMs;
    if (nowMs >= this.#renewAtMs) {
      this.#renewAtMs = nowMs + 1_000;
      await this.#renew();
    }
    this.peering.tick(nowMs);
    for (const room of this.rooms.all.values()) room.announcements.flush(nowMs);
  }

  async #renew(): Promise<void> {
    const wasAway = this.#contactSinceMs === undefined;
    if (this.registryAway) this.#contactSinceMs = undefined;
    else {
      this.#contactSinceMs ??= clock.now() + this.skewMs;
      await this.#registry.renewLease({
        edge: this.edge as EdgeId,
        boot: this.boot,
        region: this.region,
        url: '',
        revision: '',
        startedAt: 0,
        draining: false,
        connections: 0,
        maxConnections: 1,
        load: 0,
        rooms: 0,
      });
      if (wasAway) this.peering.tellAnew();
    }
  }
}

/** Edges that share a bus and a registry; time is vitest's fake one. */
export class PeeringCluster {
  readonly hub = new MemoryBusHub();
  readonly registry = new MemoryRegistry({}, { clock });
  readonly edges: PeeringEdge[] = [];

  async add(edge: string, region = 'eu'): Promise<PeeringEdge> {
    const added = await new PeeringEdge(edge, region, this.hub, this.registry).start();
    this.edges.push(added);
    return added;
  }

  /** Lets time go by. */
  async advance(durationMs: number): Promise<void> {
    for (let passedMs = 0; passedMs < durationMs; passedMs += TICK_MS) {
      await vi.advanceTimersByTimeAsync(TICK_MS);
      for (const edge of this.edges) await edge.tick();
    }
    await vi.advanceTimersByTimeAsync(1);
  }
}
