import {
  CODEC_OPUS,
  type DecodedMedia,
  decodeMedia,
  encodeMedia,
  type Frame,
  wireMs,
  wireUs,
} from '@partyline/protocol';
import type { StreamMode } from '../media/lanes.ts';
import type { Member } from '../rooms/member.ts';
import type { Room } from '../rooms/room.ts';
import { Session } from '../sessions/session.ts';
import type { Connection } from '../transport/connection.ts';
import type { MediaEdge } from './relay-fixture.ts';

export type Media = Extract<DecodedMedia, { ok: true }>;

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

export const decoded = (bytes: Uint8Array): Media => {
  const media = decodeMedia(Uint8Array.from(bytes));
  if (!media.ok) throw new Error(media.fault);
  return media;
};

export const framesOf = (messages: readonly Media[], streamId?: number): Frame[] => {
  const frames = messages.flatMap((message) => message.frames);
  return streamId === undefined ? frames : frames.filter((frame) => frame.streamId === streamId);
};
