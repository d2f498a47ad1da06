import { type ControlPlane, sourceOf } from '@partyline/bus';
import type { EdgeId } from '@partyline/protocol';
import type { Registry } from '@partyline/registry';
import type { Clock } from '@partyline/runtime';
import { type Logger, type Metrics, TRACING_OFF, type Tracing } from '@partyline/telemetry';
import type { EdgeConfig } from './config.ts';
import type { EdgeCounters } from './counters.ts';
import { Drain } from './drain/drain.ts';
import { Handovers } from './drain/handovers.ts';
import type { MoveTicket } from './drain/move-tickets.ts';
import { Moves } from './drain/moves.ts';
import { Shedding } from './drain/shedding.ts';
import { FailureLog } from './failure-log.ts';
import { JoinDurations } from './join-durations.ts';
import { FanOut } from './media/fan-out.ts';
import { FlowControl } from './media/flow-control.ts';
import { FrameTraces } from './media/frame-traces.ts';
import { Lanes } from './media/lanes.ts';
import { MediaIngress } from './media/media-ingress.ts';
import { SpeakerGate } from './media/speaker-gate.ts';
import { TopicIds } from './media/topic.ts';
import { Unaccounted } from './media/unaccounted.ts';
import type { Member } from './rooms/member.ts';
import { Rooms } from './rooms/rooms.ts';
import { Admission, type TicketCheckPort } from './sessions/admission.ts';
import { ControlMessages } from './sessions/control-messages.ts';
import { DataMessages } from './sessions/data-messages.ts';
import { Joining } from './sessions/joining.ts';
import { listenerHistograms } from './sessions/report-metrics.ts';
import { Reports } from './sessions/reports.ts';
import { NO_PEERS } from './sessions/room-peers.ts';
import { Sessions } from './sessions/sessions.ts';
import { type RenewTicket, TicketRenewal } from './sessions/ticket-renewal.ts';
import { UsedTickets } from './sessions/used-tickets.ts';
import { Lease } from './state/lease.ts';
import { MemberRecords } from './state/member-records.ts';
import { Orders } from './state/orders.ts';
import { readStatus } from './state/status.ts';
import type { Publisher } from './transport/connection.ts';
import type { HttpHook } from './transport/http.ts';
import { type ClusterServices, wireCluster } from './wiring-cluster.ts';

export interface EdgeServices {
  registry: Registry;
  controlPlane: Pick<ControlPlane, 'listen'>;
  ticketVerifier: TicketCheckPort;
  renewTicket: RenewTicket;
  /** Tickets for other edges; without it participants are told to move without one. */
  moveTicket?: MoveTicket;
  log: Logger;
  metrics: Metrics;
  clock: Clock;
  /** Off unless given; started by its owner. */
  tracing?: Tracing;
  /** What this edge shares with others; without it, it is alone. */
  cluster?: ClusterServices;
  /** Answers everything that is not the WebSocket path; without it that is status 404. */
  onHttp?: HttpHook;
  /** Stands in for the edge's own, in tests. */
  FanOut?: typeof FanOut;
}

/** What the edge itself gives its parts. */
export interface EdgeGivens {
  boot: string;
  counters: EdgeCounters;
  publisher: Publisher;
  /** 0 … 1. */
  load: () => number;
}

/** The parts of an edge that it starts, ticks and stops. */
export type EdgeParts = ReturnType<typeof wireEdge>;

/** Makes the parts of an edge and gives each what it needs. */
export const wireEdge = (config: EdgeConfig, services: EdgeServices, givens: EdgeGivens) => {
  const { boot, counters, publisher, load } = givens;
  const { clock, registry, metrics, log, tracing = TRACING_OFF } = services;
  const failures = new FailureLog({ log, clock, counters });
  const topicIds = new TopicIds();
  const lanes = new Lanes(counters, topicIds);
  const rooms = new Rooms({ lastN: config.lastN, counters, publisher, topicIds });
  const flow = new FlowControl(counters);
  const traces = new FrameTraces(sourceOf(boot), tracing);
  const fanOut = new (services.FanOut ?? FanOut)(config, {
    clock,
    counters,
    publisher,
    lanes,
    latency: {
      ingress: metrics.hopLatency({ hop: 'edge', side: 'ingress' }),
      egress: metrics.hopLatency({ hop: 'edge', side: 'egress' }),
    },
    traces,
  });
  const gate = new SpeakerGate({ fanOut, lanes });
  const cluster =
    services.cluster &&
    wireCluster(config, services.cluster, services, {
      boot,
      counters,
      failures,
      rooms,
      fanOut,
      gate,
      traces,
      superseded: (member) => handovers.superseded(member),
      registrySinceMs: () => lease.contactSinceMs,
    });
  const usedTickets = new UsedTickets(counters);
  const records = new MemberRecords(config.edgeId as EdgeId, boot, { registry, failures });
  const renewal = new TicketRenewal({
    renewTicket: services.renewTicket,
    usedTickets,
    clock,
    counters,
    failures,
  });
  const joinDurations = new JoinDurations(metrics);
  const joining = new Joining({
    config,
    rooms,
    flow,
    lanes,
    usedTickets,
    records,
    renewal,
    peers: cluster?.peering ?? NO_PEERS,
    moderationOf: (room, identity) => registry.moderation(room, identity),
    joinDurations,
    clock,
    counters,
    tracing,
  });
  const moves = new Moves({
    edgeId: config.edgeId,
    moveTicket: services.moveTicket ?? noDirectory,
    clock,
    counters,
    failures,
    tracing,
  });
  const handovers = new Handovers({ joining, moves, counters });
  const drain: Drain = new Drain({
    rooms,
    moves,
    clock,
    counters,
    log,
    tracing,
    tellLease: (draining) => {
      lease.draining = draining;
    },
    closeAll: () => sessions.closeAll('goingAway', GOING_AWAY),
    left: () => ({ connections: sessions.all.size, lost: joining.lost }),
    onDrained: () => joining.dropAll(),
  });
  const reports = new Reports({
    counters: counters.reported,
    downlink: metrics.hopLatency({ hop: 'downlink', source: 'client' }),
    playout: metrics.hopLatency({ hop: 'playout', source: 'client' }),
    mouthToEar: metrics.hopLatency({ hop: 'mouth_to_ear', source: 'client' }),
    ...listenerHistograms(metrics),
    firstFrame: joinDurations.firstFrame,
  });
  const ingress = new MediaIngress({
    counters,
    fanOut,
    gate,
    uplinkLatency: metrics.hopLatency({ hop: 'uplink' }),
    captureLatency: metrics.hopLatency({ hop: 'capture', source: 'client' }),
    traces,
  });
  const data = new DataMessages(counters, cluster?.peering);
  const control = new ControlMessages({
    data,
    reports,
    traces,
    lanes,
    flow,
    fanOut,
    records,
    handovers,
    clock,
  });
  const admission = new Admission(config.edgeId as EdgeId, {
    registry,
    ticketVerifier: services.ticketVerifier,
    usedTickets,
    clock,
    counters,
    directoryAway: () => renewal.directoryAway,
    isHere: (claims) => joining.isHere(claims),
  });
  const sessions: Sessions = new Sessions({
    admission,
    joining,
    drain,
    control,
    ingress,
    flow,
    clock,
    counters,
    log,
    tracing,
  });
  const orders = new Orders({
    rooms,
    joining,
    records,
    drain,
    counters,
    tracing,
    status: () => readStatus(metrics, { edge: config.edgeId, boot, region: config.region }),
  });
  const lease = new Lease(config, boot, {
    registry,
    rooms,
    clock,
    counters,
    failures,
    log,
    connections: () => sessions.all.size,
    load,
    onRenewed: () => records.retry(),
    onRegistryLost: () => {
      records.rewrite(everyMember(rooms));
      cluster?.peering.tellAnew();
    },
  });
  const shedding = new Shedding({
    own: { edge: config.edgeId, region: config.region },
    limit: config.shedFrom,
    rooms,
    moves,
    drain,
    load,
    edges: () => registry.edges(),
    clock,
    counters,
    log,
  });
  return {
    sessions,
    orders,
    lease,
    rooms,
    flow,
    fanOut,
    unaccounted: new Unaccounted(counters, fanOut),
    traces,
    joining,
    renewal,
    records,
    usedTickets,
    relay: cluster?.relay,
    relayReadings: cluster?.relayReadings,
    peering: cluster?.peering,
    moves,
    handovers,
    drain,
    shedding,
  };
};

const GOING_AWAY = 'This edge is going away: join again for another.';

const noDirectory: MoveTicket = async () => {
  throw new Error('this edge knows no directory');
};

function* everyMember(rooms: Rooms): Iterable<Member> {
  for (const room of rooms.all.values()) yield* room.members.values();
}
