import { type Bus, inboxChannel, MemoryBus, MemoryBusHub, type OutgoingLink, sourceOf } from '@partyline/bus';
import { type Frame, MUTABLE_FLAGS, type RoomId } from '@partyline/protocol';
import { ManualClock } from '@partyline/runtime';
import { FieldHistogram, TRACING_OFF, type Tracing } from '@partyline/telemetry';
import type { TicketClaims } from '@partyline/tokens';
import { EdgeCounters } from '../counters.ts';
import { FanOut } from '../media/fan-out.ts';
import { FlowControl } from '../media/flow-control.ts';
import { FrameTraces } from '../media/frame-traces.ts';
import { Lanes } from '../media/lanes.ts';
import { MediaIngress } from '../media/media-ingress.ts';
import { SpeakerGate } from '../media/speaker-gate.ts';
import { TopicIds } from '../media/topic.ts';
import { Member } from '../rooms/member.ts';
import type { Room } from '../rooms/room.ts';
import { Rooms } from '../rooms/rooms.ts';
import { decoded, framesOf, type Media, Participant } from './participant-fixture.ts';
import { Relay } from './relay.ts';

const PREFIX = 'test';
const GRANTS = { publish: true, subscribe: true, moderate: false, hidden: false, direct: true };

export interface MediaEdgeOptions {
  /** Stands in for the bus of the hub. */
  bus?: Bus;
  lastN?: number;
  region?: string;
  regionOf?: (source: string) => string | undefined;
  /** What is done with messages to whole rooms; kept and decoded unless given. */
  publish?: (topic: string, bytes: Uint8Array) => void;
  /** Off unless given. */
  tracing?: Pick<Tracing, 'frameEvery' | 'record' | 'counts'>;
}

/** The media of one edge, without sockets and at the time that the test says. Its routes are set by hand. */
export class MediaEdge {
  readonly name: string;
  readonly boot: string;
  readonly region: string;
  readonly clock: ManualClock;
  readonly bus: Bus;
  readonly counters = new EdgeCounters();
  readonly rooms: Rooms;
  readonly lanes: Lanes;
  readonly fanOut: FanOut;
  readonly traces: FrameTraces;
  readonly flow: FlowControl;
  readonly ingress: MediaIngress;
  readonly relay: Relay;
  readonly latencies = new Map<string, FieldHistogram>();
  /** What went to whole rooms, by the room's topic. */
  readonly published = new Map<string, Media[]>();
  readonly #links = new Set<OutgoingLink>();

  constructor(index: number, hub: MemoryBusHub, clock: ManualClock, options: MediaEdgeOptions = {}) {
    const { counters } = this;
    this.name = `edge-${index}`;
    this.boot = `${index}0000000-0000-4000-8000-000000000000`.slice(-36);
    this.region = options.region ?? 'here';
    this.clock = clock;
    this.bus = options.bus ?? new MemoryBus(hub);
    const publisher = {
      publishBinary: options.publish ?? ((topic: string, bytes: Uint8Array) => this.#publish(topic, bytes)),
      publishText: () => undefined,
    };
    const topicIds = new TopicIds();
    this.rooms = new Rooms({ lastN: options.lastN ?? 3, counters, publisher, topicIds });
    this.lanes = new Lanes(counters, topicIds);
    this.flow = new FlowControl(counters);
    const traces = new FrameTraces(sourceOf(this.boot), options.tracing ?? TRACING_OFF);
    this.traces = traces;
    this.fanOut = new FanOut(
      { coalesceMaxMs: 0, stageCoalesceMaxMs: 0, stageListeners: 500 },
      {
        clock,
        counters,
        publisher,
        lanes: this.lanes,
        latency: { ingress: new FieldHistogram(), egress: new FieldHistogram() },
        traces,
      },
    );
    const gate = new SpeakerGate({ fanOut: this.fanOut, lanes: this.lanes });
    this.ingress = new MediaIngress({
      counters,
      fanOut: this.fanOut,
      gate,
      uplinkLatency: new FieldHistogram(),
      captureLatency: new FieldHistogram(),
      traces,
    });
    this.relay = new Relay(
      { prefix: PREFIX, region: this.region, edge: this.name, boot: this.boot },
      {
        bus: this.bus,
        rooms: this.rooms,
        fanOut: this.fanOut,
        gate,
        clock,
        counters: counters.relay,
        regionOf: options.regionOf ?? (() => undefined),
        // All edges of a test read one clock.
        clockOffsetMs: () => 0,
        latencyFrom: (region) => {
          const histogram = new FieldHistogram();
          this.latencies.set(region, histogram);
          return histogram;
        },
        traces,
      },
    );
  }

  async start(): Promise<this> {
    await this.bus.start();
    await this.relay.start();
    return this;
  }

  async stop(): Promise<void> {
    this.relay.stop();
    await this.bus.stop();
  }

  room(name: string): Room {
    return this.rooms.open(name as RoomId, this.clock.now())!;
  }

  /** Seats a participant, who listens unless told otherwise. */
  join(roomName: string, streamId: number, { listens = true, generation = 1 } = {}): Participant {
    const room = this.room(roomName);
    const claims = {
      room: roomName,
      sub: `p${streamId}`,
      name: `p${streamId}`,
      grants: GRANTS,
      streamId,
      resumeId: `r${streamId}`,
      generation,
    };
    const member = new Member(claims as unknown as TicketClaims, this.clock.now());
    room.add(member);
    const participant = new Participant(this, room, member);
    if (listens) this.flow.attach(participant.session, room, room.topic);
    return participant;
  }

  /** The link to another edge's inbox. */
  linkTo(other: MediaEdge): OutgoingLink {
    const address = { prefix: PREFIX, region: other.region, edge: other.name, boot: other.boot };
    return this.link(other.region, [inboxChannel(address, 'a'), inboxChannel(address, 'b')]);
  }

  link(region: string, channels: string[]): OutgoingLink {
    const link = this.relay.links.open(region, channels);
    this.#links.add(link);
    return link;
  }

  flush(): void {
    for (const link of this.#links) link.flush(this.clock.now());
  }

  /** What the listeners of a room got. */
  heard(roomName: string, streamId?: number): Frame[] {
    return framesOf(this.messages(roomName), streamId);
  }

  messages(roomName: string): Media[] {
    return this.published.get(this.room(roomName).mediaTopic) ?? [];
  }

  forgetHeard(): void {
    this.published.clear();
  }

  #publish(topic: string, bytes: Uint8Array): void {
    const messages = this.published.get(topic);
    if (messages === undefined) this.published.set(topic, [decoded(bytes)]);
    else messages.push(decoded(bytes));
  }
}

/** Several edges that share a bus and a clock, which only the test moves. */
export class MediaEdges {
  readonly hub = new MemoryBusHub();
  readonly clock = new ManualClock(1_700_000_000_000);
  readonly all: MediaEdge[] = [];

  async start<Count extends 2 | 3>(count: Count, options: MediaEdgeOptions = {}): Promise<Few<Count>> {
    for (let index = 1; index <= count; index++) await this.add(options);
    return this.all as unknown as Few<Count>;
  }

  async add(options: MediaEdgeOptions = {}): Promise<MediaEdge> {
    const edge = new MediaEdge(this.all.length + 1, this.hub, this.clock, options);
    this.all.push(edge);
    return edge.start();
  }

  /** Frames go from each edge to each other one in this room. */
  connect(roomName: string): void {
    for (const edge of this.all) {
      const others = this.all.filter((other) => other !== edge);
      edge.room(roomName).routes.all = others.map((other) => edge.linkTo(other));
    }
  }

  /** Lets what is on the bus arrive. */
  async deliver(): Promise<void> {
    for (const edge of this.all) edge.flush();
    for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
  }

  /** What was sent arrives, and 20 ms pass. */
  async step(): Promise<void> {
    await this.deliver();
    this.clock.advance(20);
  }

  tick(): void {
    const nowMs = this.clock.now();
    for (const edge of this.all) {
      edge.relay.tick(nowMs);
      for (const room of edge.rooms.all.values()) room.selector.tick(nowMs);
    }
  }

  async stop(): Promise<void> {
    for (const edge of this.all) await edge.stop();
  }
}

type Few<Count extends 2 | 3> = Count extends 2 ? [MediaEdge, MediaEdge] : [MediaEdge, MediaEdge, MediaEdge];

/** Frames as their sender wrote them: but for what edges may change. */
export const asWritten = (frames: readonly Frame[]): Frame[] =>
  frames.map((frame) => ({
    ...frame,
    flags: frame.flags & ~MUTABLE_FLAGS,
    payload: Uint8Array.from(frame.payload),
  }));

export const sequences = (frames: readonly Frame[]): number[] => frames.map(({ sequence }) => sequence);

/** 0, 1, 2 … so many. */
export const first = (count: number): number[] => Array.from({ length: count }, (_, index) => index);
