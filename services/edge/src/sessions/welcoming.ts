import { PROTOCOL_VERSION } from '@partyline/protocol';
import type { Tracing } from '@partyline/telemetry';
import type { EdgeConfig } from '../config.ts';
import type { EdgeCounters } from '../counters.ts';
import { ACK_MS, HEARTBEAT_MS, HEARTBEAT_TOPICS, MAX_ANNOUNCED_AT_ONCE, REPORT_MS } from '../limits.ts';
import type { FlowControl } from '../media/flow-control.ts';
import type { Member } from '../rooms/member.ts';
import type { Room } from '../rooms/room.ts';
import type { Session } from './session.ts';

export interface WelcomingServices {
  config: Pick<EdgeConfig, 'edgeId' | 'lastN' | 'maxFramesPerSecond'>;
  flow: FlowControl;
  counters: EdgeCounters;
  tracing: Pick<Tracing, 'frameEvery'>;
}

/** Tells a session what it has come to, and gives it its topics: media follow from here on. */
export const welcome = (
  session: Session,
  member: Member,
  room: Room,
  resumeKey: string,
  nowMs: number,
  { config, flow, counters, tracing }: WelcomingServices,
): void => {
  const recordedSinceMs = room.recordedSinceMs;
  session.send({
    type: 'welcome',
    version: PROTOCOL_VERSION,
    edge: config.edgeId,
    room: room.name,
    identity: member.identity,
    streamId: member.streamId,
    generation: member.generation,
    resumeKey,
    time: nowMs,
    lastN: config.lastN,
    moderated: member.moderated,
    canPublish: member.grants.publish,
    canSubscribe: member.grants.subscribe,
    canModerate: member.grants.moderate,
    canSendDirect: member.grants.direct,
    ackMs: ACK_MS,
    reportMs: REPORT_MS,
    heartbeatMs: HEARTBEAT_MS,
    maxFramesPerSecond: config.maxFramesPerSecond,
    ...(tracing.frameEvery > 0 && { traceEvery: tracing.frameEvery }),
    receipts: true,
    participants: room.participants(MAX_ANNOUNCED_AT_ONCE),
    listeners: room.listeners,
    codecs: [...room.codecs],
    ...(recordedSinceMs > 0 && { recording: recordedSinceMs }),
  });
  counters.welcomes += 1;
  session.connection.subscribe(HEARTBEAT_TOPICS[counters.welcomes % HEARTBEAT_TOPICS.length]!);
  session.connection.subscribe(room.controlTopic);
  if (member.grants.subscribe) flow.attach(session, room, room.topic);
  // Later ones come when something changes; who talks already is told now.
  const speakers = room.announcements.speakers();
  if (speakers.speakers.length > 0) session.send(speakers);
};
