import type { ClientMessage, ClientMessageOf } from '@partyline/protocol';
import type { Clock } from '@partyline/runtime';
import type { Handovers } from '../drain/handovers.ts';
import { MAX_REFUSED_STREAMS, MAX_ROOM_SUBSCRIPTIONS } from '../limits.ts';
import type { FanOut } from '../media/fan-out.ts';
import type { FlowControl } from '../media/flow-control.ts';
import type { FrameTraces } from '../media/frame-traces.ts';
import { Lane, type Lanes } from '../media/lanes.ts';
import type { Member } from '../rooms/member.ts';
import { believable } from '../rooms/recorded-since.ts';
import type { Room } from '../rooms/room.ts';
import type { MemberRecords } from '../state/member-records.ts';
import type { DataMessages } from './data-messages.ts';
import type { Reports } from './reports.ts';
import type { Session } from './session.ts';

/** What is left once hello and acknowledgements were dealt with. */
export type RoomMessage = Exclude<ClientMessage, { type: 'hello' | 'ack' }>;

export interface ControlMessagesServices {
  data: DataMessages;
  reports: Reports;
  traces: FrameTraces;
  lanes: Lanes;
  flow: FlowControl;
  fanOut: FanOut;
  records: MemberRecords;
  handovers: Handovers;
  clock: Clock;
}

/** Carries out what a member asks for. */
export class ControlMessages {
  readonly #services: ControlMessagesServices;

  constructor(services: ControlMessagesServices) {
    this.#services = services;
  }

  handle(session: Session, member: Member, room: Room, message: RoomMessage, nowMs: number): void {
    switch (message.type) {
      case 'leave':
        session.end('left');
        break;
      case 'mute':
        this.#mute(member, room, message.muted);
        break;
      case 'subscribe':
        this.#subscribe(session, member, room, message);
        break;
      case 'echo':
        if (!this.#maySubscribe(session, member)) return;
        session.lane ??= new Lane();
        session.lane.echo = message.enabled;
        this.#chooseTopic(session, room);
        break;
      case 'recording':
        if (this.#maySubscribe(session, member)) room.setRecording(member, believable(message.since, nowMs));
        break;
      case 'handover':
        this.#services.handovers.handover(session, member, nowMs);
        break;
      case 'data':
        if (member.shadow) {
          session.complain(
            'not_ready',
            'Send data once you are `ready` here; until then on your older connection.',
          );
          return;
        }
        this.#services.data.handle(session, member, room, message, nowMs);
        break;
      case 'ping':
        session.send({
          type: 'pong',
          id: message.id,
          t0: message.t0,
          t1: nowMs,
          t2: this.#services.clock.now(),
        });
        break;
      case 'report':
        this.#services.reports.take(session, message, nowMs);
        if (message.traced !== undefined) this.#services.traces.reported(room, member, message.traced, nowMs);
        break;
    }
  }

  #mute(member: Member, room: Room, muted: boolean): void {
    if (member.muted === muted) return;
    member.muted = muted;
    room.announcements.updated(member);
    this.#services.records.changed(member);
  }

  #subscribe(session: Session, member: Member, room: Room, message: ClientMessageOf<'subscribe'>): void {
    if (!this.#maySubscribe(session, member)) return;
    const result = this.#services.lanes.setMode(room, session, message.streamId, message.mode);
    if (result === 'room_limit') {
      session.complain(
        'subscription_limit',
        `In one room at most ${MAX_ROOM_SUBSCRIPTIONS} streams can be subscribed to with "always"; use "auto".`,
      );
    } else if (result === 'listener_limit') {
      session.complain(
        'subscription_limit',
        `You may name at most 16 streams with "always" and ${MAX_REFUSED_STREAMS} with "never"; set others to "auto".`,
      );
    }
    this.#chooseTopic(session, room);
  }

  #maySubscribe(session: Session, member: Member): boolean {
    if (member.grants.subscribe) return true;
    session.complain('no_subscribe_grant', 'Your token has no subscribe grant.');
    return false;
  }

  /** Moves a listener between the room's topic and a lane of its own, as its wishes are. */
  #chooseTopic(session: Session, room: Room): void {
    const { flow, fanOut, lanes, clock } = this.#services;
    const { lane } = session;
    if (lane === undefined || session.flow === undefined) return;
    if (lane.needed === !session.flow.shared) return;
    // What waits belongs to the topic that the listener is in now.
    fanOut.flush(room);
    if (!lane.needed) {
      flow.move(session, room, room.topic);
      return;
    }
    const topic = lanes.topicOf(lane, clock.now());
    if (topic === undefined) {
      session.complain('too_many_topics', 'This edge holds too many topics; try again in a minute.');
      return;
    }
    flow.move(session, room, topic);
  }
}
