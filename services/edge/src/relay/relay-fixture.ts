import { type Bus, inboxChannel, MemoryBus, type MemoryBusHub, type OutgoingLink } from '@partyline/bus';
import {
  CODEC_OPUS,
  type DecodedMedia,
  decodeMedia,
  encodeMedia,
  type Frame,
  type RoomId,
  wireMs,
  wireUs,
} from '@partyline/protocol';
import type { ManualClock } from '@partyline/runtime';
import { FieldHistogram } from '@partyline/telemetry';
import type { TicketClaims } from '@partyline/tokens';
import { EdgeCounters } from '../counters.ts';
import { FanOut } from '../media/fan-out.ts';
import { FlowControl } from '../media/flow-control.ts';
import { Lanes, type StreamMode } from '../media/lanes.ts';
import { MediaIngress } from '../media/media-ingress.ts';
import { SpeakerGate } from '../media/speaker-gate.ts';
import { TopicIds } from '../media/topic.ts';
import { Member } from '../rooms/member.ts';
import type { Room } from '../rooms/room.ts';
import { Rooms } from '../rooms/rooms.ts';
import { Session } from '../sessions/session.ts';
import type { Connection } from '../transport/connection.ts';
import { Relay } from './relay.ts';

type Media = Extract<DecodedMedia, { ok: true }>;

const PREFIX = 'test';
const GRANTS = { publish: true, subscribe: true, moderate: false, hidden: false, direct: true };

/** Keeps what it is sent by itself; what goes to a whole room is kept by the edge. */
class SilentConnection implements Connection {
  open = true;
  readonly media: Media[] = [];
  sendText = () => this.open;
  sendBinary(bytes: Uint8Array): boolean {
    this.media.push(decoded(bytes));
    return true;
  }
  subscribe = () => undefined;
  unsubscribe = () => undefined;
  publishText = () => undefined;
  bufferedBytes = () => 0;
  end(): void {
    this.open = false;
  }
}

/** A participant on one of the edges. */
export class Participant {
  readonly edge: MediaEdge;
  readonly room: Room;
  readonly member: Member;
  readonly session: Session;
  readonly connection = new SilentConnection();
  sequence = 0;
  #messages = 0;

  constructor(edge: MediaEdge, room: Room, member: Member) {
    this.edge = edge;
    this.room = room;
    this.member = member;
    const events = {
      text: () => undefined,
      binary: () => undefined,
      pong: () => undefined,
      closed: () => undefined,
    };
    this.session = new Session(this.connection, events, edge.counters, edge.clock.now());
    this.session.phase = 'joined';
    this.session.room = room;
    this.session.member = member;
    this.session.setLimits(1_000);
    member.session = this.session;
  }

  /** Sends one frame, 20 ms of voice unless said otherwise. */
  speak(frame: Partial<Frame> = {}): Frame {
    const nowMs = this.edge.clock.now();
    const whole: Frame = {
      flags: 0,
      codec: CODEC_OPUS,
      level: 20,
      active: true,
      durationMs: 20,
      sequence: this.sequence,
      streamId: this.member.streamId,
      captureTimeMs: wireMs(nowMs),
      payload: Uint8Array.from({ length: 60 }, (_, index) => (this.sequence + index) & 0xff),
      ...frame,
    };
    this.sequence = (whole.sequence + 1) & 0xffff;
    this.#messages += 1;
    const header = { topic: 0, sequence: this.#messages, ingressAtUs: 0, sentAtUs: wireUs(nowMs) };
    this.edge.ingress.receive(this.session, this.member, this.room, encodeMedia(header, [whole]), nowMs);
    return whole;
  }

  /** Names a stream otherwise than the room, and so gets a topic of its own. */
  subscribe(streamId: number, mode: StreamMode): void {
    const { lanes, flow, clock } = this.edge;
    lanes.setMode(this.room, this.session, streamId, mode);
    flow.move(this.session, this.room, lanes.topicOf(this.session.lane!, clock.now())!);
  }

  /** What came by the topic of its own. */
  ownFrames(streamId?: number): Frame[] {
    return framesOf(this.connection.media, streamId);
  }
}

export interface MediaEdgeOptions {
  /** Stands in for the bus of the hub. */
  bus?: Bus;
  lastN?: number;
  region?: string;
  regionOf?: (source: string) => string | undefined;
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
      publishBinary: (topic: string, bytes: Uint8Array) => this.#publish(topic, bytes),
      publishText: () => undefined,
    };
    const topicIds = new TopicIds();
    this.rooms = new Rooms({ lastN: options.lastN ?? 3, counters, publisher, topicIds });
    this.lanes = new Lanes(counters, topicIds);
    this.flow = new FlowControl(counters);
    this.fanOut = new FanOut(
      { coalesceMaxMs: 0, stageCoalesceMaxMs: 0, stageListeners: 500 },
      { clock, counters, publisher, lanes: this.lanes, latency: new FieldHistogram() },
    );
    const gate = new SpeakerGate({ fanOut: this.fanOut, lanes: this.lanes });
    this.ingress = new MediaIngress({
      counters,
      fanOut: this.fanOut,
      gate,
      uplinkLatency: new FieldHistogram(),
      captureLatency: new FieldHistogram(),
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

/** Lets what is on the bus arrive. */
export const delivered = async (edges: readonly MediaEdge[]): Promise<void> => {
  for (const edge of edges) edge.flush();
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
};

/** Frames go from each of these edges to each other one in this room. */
export const connect = (roomName: string, edges: readonly MediaEdge[]): void => {
  for (const edge of edges) {
    edge.room(roomName).routes.all = edges
      .filter((other) => other !== edge)
      .map((other) => edge.linkTo(other));
  }
};

const decoded = (bytes: Uint8Array): Media => {
  const media = decodeMedia(Uint8Array.from(bytes));
  if (!media.ok) throw new Error(media.fault);
  return media;
};

const framesOf = (messages: readonly Media[], streamId?: number): Frame[] => {
  const frames = messages.flatMap((message) => message.frames);
  return streamId === undefined ? frames : frames.filter((frame) => frame.streamId === streamId);
};
