import {
  type Bus,
  type BusHandler,
  type BusSubscription,
  createIncomingBundles,
  createOutgoingLinks,
  type EdgeAddress,
  type IncomingBundles,
  type IncomingStats,
  inboxChannel,
  type OutgoingLinks,
  roomChannel,
} from '@partyline/bus';
import type { RoomId } from '@partyline/protocol';
import { Backoff, type Clock } from '@partyline/runtime';
import type { FieldHistogram } from '@partyline/telemetry';
import type { RelayCounters } from '../counters.ts';
import type { FanOut } from '../media/fan-out.ts';
import type { FrameTraces } from '../media/frame-traces.ts';
import type { SpeakerGate } from '../media/speaker-gate.ts';
import type { MediaChannels } from '../peering/room-channel.ts';
import type { Rooms } from '../rooms/rooms.ts';
import { within } from '../within.ts';
import { type Origin, Origins } from './origins.ts';
import { RemoteIngress } from './remote-ingress.ts';

/** The longest that a start waits for its inbox, in ms: an edge serves its own rooms without a bus. */
const START_WAIT_MS = 1_000;
const SUBSCRIBE_RETRY_MS = 200;
const MAX_SUBSCRIBE_RETRY_MS = 2_000;
const EVERY_SECOND_MS = 1_000;

export interface RelayServices {
  bus: Bus;
  rooms: Rooms;
  fanOut: FanOut;
  gate: SpeakerGate;
  clock: Clock;
  counters: RelayCounters;
  /** Where a source is, by the first 16 hexadecimal digits of its boot; undefined while that is not known. */
  regionOf: (source: string) => string | undefined;
  /** By how many ms a source's clock is ahead of this edge's; undefined while that is not known. */
  clockOffsetMs: (source: string) => number | undefined;
  latencyFrom: (region: string) => FieldHistogram;
  traces: FrameTraces;
}

/** Media to and from other edges: the links out, the inbox and the channels of rooms in. */
export class Relay implements MediaChannels {
  /** For whoever keeps the rooms' routes. */
  readonly links: OutgoingLinks;
  readonly #address: EdgeAddress;
  readonly #services: RelayServices;
  readonly #origins: Origins;
  readonly #ingress: RemoteIngress;
  readonly #incoming: IncomingBundles;
  readonly #inboxes: BusSubscription[] = [];
  readonly #receive: BusHandler;
  readonly #retries = new Set<NodeJS.Timeout>();
  #stopped = false;
  #secondAtMs = 0;

  constructor(address: EdgeAddress, services: RelayServices) {
    const { bus, rooms, fanOut, gate, clock, counters, regionOf, latencyFrom, clockOffsetMs, traces } =
      services;
    this.#address = address;
    this.#services = services;
    this.links = createOutgoingLinks({ source: address.boot, regions: [address.region] }, { bus, clock });
    this.#origins = new Origins(address.region, { regionOf, latencyFrom });
    this.#ingress = new RemoteIngress({ counters, rooms, fanOut, gate, origins: this.#origins, traces });
    this.#incoming = createIncomingBundles(
      { ownSource: address.boot },
      { sink: this.#ingress, offsetMs: clockOffsetMs },
    );
    this.#receive = (bytes, channel) => {
      const nowMs = clock.now();
      this.#incoming.receive(bytes, channel, nowMs);
      this.#ingress.commit(nowMs);
    };
  }

  /** Frames and latency by the region they came from. */
  get origins(): ReadonlyMap<string, Origin> {
    return this.#origins.byRegion;
  }

  get received(): Readonly<IncomingStats> {
    return this.#incoming.stats;
  }

  /** Subscribes the inbox; with the bus away it goes on trying, but does not hold up the edge. */
  async start(): Promise<void> {
    // Two names, for an engine of several servers has them on different ones.
    const channels = [inboxChannel(this.#address, 'a'), inboxChannel(this.#address, 'b')];
    const subscribed = Promise.all(channels.map((channel) => this.#subscribe(channel)));
    await within(subscribed, START_WAIT_MS).catch(() => undefined);
  }

  async openRoom(room: RoomId): Promise<{ close(): void }> {
    const channel = roomChannel(this.#address, room);
    const subscription = await this.#services.bus.subscribe(channel, this.#receive);
    return {
      close: () => {
        subscription.close();
        // Its numbers go on without this edge, which is no loss.
        this.#incoming.forget(channel);
      },
    };
  }

  /** Heartbeats and time-outs. Call it every TICK_MS. */
  tick(nowMs: number): void {
    this.links.tick(nowMs);
    if (nowMs - this.#secondAtMs < EVERY_SECOND_MS) return;
    this.#secondAtMs = nowMs;
    this.#incoming.tick(nowMs);
    for (const room of this.#services.rooms.all.values()) room.remote.tick(room, nowMs);
  }

  stop(): void {
    this.#stopped = true;
    for (const retry of this.#retries) clearTimeout(retry);
    this.links.stop();
    for (const inbox of this.#inboxes) inbox.close();
  }

  async #subscribe(channel: string): Promise<void> {
    const backoff = new Backoff({ baseMs: SUBSCRIBE_RETRY_MS, maxMs: MAX_SUBSCRIBE_RETRY_MS });
    while (!this.#stopped) {
      try {
        const inbox = await this.#services.bus.subscribe(channel, this.#receive);
        if (this.#stopped) inbox.close();
        else this.#inboxes.push(inbox);
        return;
      } catch {
        this.#services.counters.subscribeFailures += 1;
        await this.#pause(backoff.nextDelayMs());
      }
    }
  }

  #pause(delayMs: number): Promise<void> {
    return new Promise((resolve) => {
      const retry = setTimeout(() => {
        this.#retries.delete(retry);
        resolve();
      }, delayMs);
      this.#retries.add(retry);
    });
  }
}
