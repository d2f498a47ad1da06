import type { ControlPlane } from '@partyline/bus';
import type { EdgeId } from '@partyline/protocol';
import type { Registry } from '@partyline/registry';
import type { Clock } from '@partyline/runtime';
import type { Logger, Metrics } from '@partyline/telemetry';
import type { TicketVerifier } from '@partyline/tokens';
import type { EdgeConfig } from './config.ts';
import type { EdgeCounters } from './counters.ts';
import { FailureLog } from './failure-log.ts';
import { FanOut } from './media/fan-out.ts';
import { FlowControl } from './media/flow-control.ts';
import { Lanes } from './media/lanes.ts';
import { MediaIngress } from './media/media-ingress.ts';
import { TopicIds } from './media/topic.ts';
import { Rooms } from './rooms/rooms.ts';
import { Admission } from './sessions/admission.ts';
import { ControlMessages } from './sessions/control-messages.ts';
import { DataMessages } from './sessions/data-messages.ts';
import { Joining } from './sessions/joining.ts';
import { Reports } from './sessions/reports.ts';
import { Sessions } from './sessions/sessions.ts';
import { type RenewTicket, TicketRenewal } from './sessions/ticket-renewal.ts';
import { UsedTickets } from './sessions/used-tickets.ts';
import { Lease } from './state/lease.ts';
import { MemberRecords } from './state/member-records.ts';
import { Orders } from './state/orders.ts';
import type { Publisher } from './transport/connection.ts';
import type { HttpHook } from './transport/http.ts';

export interface EdgeServices {
  registry: Registry;
  controlPlane: Pick<ControlPlane, 'listen'>;
  ticketVerifier: Pick<TicketVerifier, 'verify'>;
  renewTicket: RenewTicket;
  log: Logger;
  metrics: Metrics;
  clock: Clock;
  /** Answers everything that is not the WebSocket path; without it that is status 404. */
  onHttp?: HttpHook;
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
  const { clock, registry, metrics, log } = services;
  const failures = new FailureLog({ log, clock, counters });
  const topicIds = new TopicIds();
  const lanes = new Lanes(counters, topicIds);
  const rooms = new Rooms({ lastN: config.lastN, counters, publisher, topicIds });
  const flow = new FlowControl(counters);
  const fanOut = new FanOut(config, {
    clock,
    counters,
    publisher,
    lanes,
    latency: metrics.hopLatency({ hop: 'edge', side: 'ingress' }),
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
  const joining = new Joining({
    config,
    rooms,
    flow,
    lanes,
    usedTickets,
    records,
    renewal,
    clock,
    counters,
  });
  const reports = new Reports({
    counters,
    downlink: metrics.hopLatency({ hop: 'downlink', source: 'client' }),
    mouthToEar: metrics.hopLatency({ hop: 'mouth_to_ear', source: 'client' }),
  });
  const ingress = new MediaIngress({
    counters,
    fanOut,
    lanes,
    uplinkLatency: metrics.hopLatency({ hop: 'uplink' }),
    captureLatency: metrics.hopLatency({ hop: 'capture', source: 'client' }),
  });
  const data = new DataMessages(counters);
  const control = new ControlMessages({ data, reports, lanes, flow, fanOut, records, clock });
  const admission = new Admission(config.edgeId as EdgeId, {
    registry,
    ticketVerifier: services.ticketVerifier,
    usedTickets,
    clock,
    counters,
    directoryAway: () => renewal.directoryAway,
  });
  const sessions = new Sessions({ admission, joining, control, ingress, flow, clock, counters, log });
  const orders = new Orders({ rooms, joining, records, counters });
  const lease = new Lease(config, boot, {
    registry,
    rooms,
    clock,
    counters,
    failures,
    connections: () => sessions.all.size,
    load,
  });
  return { sessions, orders, lease, rooms, flow, fanOut, joining, renewal, records, usedTickets };
};
