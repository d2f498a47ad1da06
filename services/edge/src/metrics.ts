import type { Metrics } from '@partyline/telemetry';
import type { EdgeCounters } from './counters.ts';
import type { Unaccounted } from './media/unaccounted.ts';
import { exportRelayMetrics, lostOnBus, type RelayReadings, relayedFrames } from './relay/relay-metrics.ts';
import { exportReportMetrics, reportedFrames, reportedLosses } from './sessions/report-metrics.ts';

/** What is read at scrape time beside the counters. */
export interface EdgeReadings {
  /** Frames chosen for listeners here so far, and those of them of which nobody knows what became. */
  unaccounted: Pick<Unaccounted, 'chosen' | 'frames'>;
  /** Undefined while the edge is alone. */
  relay: RelayReadings | undefined;
}

type Sample<Label extends string> = [Partial<Record<Label, string>>, number];

const FRAMES_LABELS = ['hop', 'direction', 'source', 'from_region', 'to_region'] as const;
const LOST_LABELS = ['hop', 'reason', 'source', 'from_region', 'to_region'] as const;

/** Exports an edge's counters. Reading them is all that happens, and only when somebody scrapes. */
export const exportMetrics = (
  metrics: Metrics,
  c: EdgeCounters,
  { unaccounted, relay }: EdgeReadings,
): void => {
  const counter = <Label extends string>(
    name: string,
    help: string,
    labelNames: readonly Label[],
    samples: () => Sample<Label>[],
  ): void => {
    metrics.counter({
      name,
      help,
      labelNames,
      collect: () => samples().map(([labels, value]) => ({ labels, value })),
    });
  };
  const plain = (name: string, help: string, value: () => number): void =>
    counter(name, help, [], () => [[{}, value()]]);
  const byReason = (name: string, help: string, reasons: () => Readonly<Record<string, number>>): void =>
    counter(name, help, ['reason'], () =>
      Object.entries(reasons()).map(([reason, value]) => [{ reason }, value]),
    );

  counter('partyline_frames_total', 'Frames that passed a hop.', FRAMES_LABELS, () => [
    [{ hop: 'uplink', direction: 'in', source: 'edge' }, c.uplinkFrames],
    [{ hop: 'edge', direction: 'in', source: 'edge' }, unaccounted.chosen],
    [{ hop: 'edge', direction: 'out', source: 'edge' }, c.forwardedFrames],
    [{ hop: 'downlink', direction: 'out', source: 'edge' }, c.egressFrames],
    // Acknowledged by listeners: with what was lost and what is under way, this is what went out.
    [{ hop: 'downlink', direction: 'in', source: 'edge' }, c.acknowledgedFrames],
    ...reportedFrames(c),
    ...(relay === undefined ? [] : relayedFrames(relay)),
  ]);
  counter('partyline_frames_lost_total', 'Frames lost on a hop, each for one reason.', LOST_LABELS, () => [
    [{ hop: 'uplink', reason: 'gap', source: 'edge' }, c.uplinkGaps],
    [{ hop: 'uplink', reason: 'late', source: 'edge' }, c.lateFrames],
    [{ hop: 'uplink', reason: 'rate', source: 'edge' }, c.rateFrames],
    [{ hop: 'uplink', reason: 'muted', source: 'edge' }, c.mutedFrames],
    [{ hop: 'uplink', reason: 'moderated', source: 'edge' }, c.moderatedFrames],
    [{ hop: 'uplink', reason: 'no_grant', source: 'edge' }, c.grantFrames],
    [{ hop: 'uplink', reason: 'not_ready', source: 'edge' }, c.shadowFrames],
    [{ hop: 'uplink', reason: 'handed_over', source: 'edge' }, c.handedOverFrames],
    [{ hop: 'edge', reason: 'unaccounted', source: 'edge' }, unaccounted.frames],
    [{ hop: 'downlink', reason: 'paused', source: 'edge' }, c.pausedFrames],
    [{ hop: 'downlink', reason: 'closed', source: 'edge' }, c.closedFrames],
    [{ hop: 'downlink', reason: 'backpressure', source: 'edge' }, c.backpressureFrames],
    ...reportedLosses(c),
    ...(relay === undefined ? [] : lostOnBus(relay)),
  ]);
  plain(
    'partyline_frames_offered_total',
    'Frames times the listeners they were for, paused ones included.',
    () => c.offeredFrames,
  );
  counter('partyline_media_messages_total', 'Media messages.', ['direction'], () => [
    [{ direction: 'in' }, c.uplinkMessages],
    [{ direction: 'out' }, c.publishedMessages],
  ]);
  counter(
    'partyline_media_bytes_total',
    'Bytes of media messages; out counts each listener.',
    ['direction'],
    () => [
      [{ direction: 'in' }, c.uplinkBytes],
      [{ direction: 'out' }, c.egressBytes],
    ],
  );
  byReason('partyline_media_refused_total', 'Media messages refused as malformed.', () => c.mediaFaults);
  counter(
    'partyline_selector_frames_total',
    "Frames of this edge's speakers by what the selector decided.",
    ['decision'],
    () => [
      [{ decision: 'held' }, c.heldFrames],
      [{ decision: 'pre_roll' }, c.preRollFrames],
      [{ decision: 'selected' }, c.selectedFrames],
      [{ decision: 'elsewhere' }, c.elsewhereFrames],
      [{ decision: 'unheard' }, c.unheardFrames],
    ],
  );
  counter('partyline_selector_changes_total', 'Streams that the selector took in or out.', ['change'], () => [
    [{ change: 'promoted' }, c.selector.promotions],
    [{ change: 'ousted' }, c.selector.ousted],
    [{ change: 'silenced' }, c.selector.silenced],
  ]);
  if (relay !== undefined) exportRelayMetrics(metrics, relay);
  counter('partyline_listener_pauses_total', 'Slow listeners paused and resumed.', ['change'], () => [
    [{ change: 'paused' }, c.pauses],
    [{ change: 'resumed' }, c.resumes],
  ]);
  plain(
    'partyline_sends_dropped_total',
    'Messages given up for a socket with too much unsent.',
    () => c.droppedSends,
  );
  plain('partyline_edge_connections_opened_total', 'WebSocket connections opened.', () => c.opened);
  plain('partyline_welcomes_total', 'Sessions admitted.', () => c.welcomes);
  plain('partyline_sessions_resumed_total', 'Sessions that took up one that was here.', () => c.resumed);
  byReason('partyline_hellos_refused_total', 'Hellos refused.', () => c.refusals);
  byReason(
    'partyline_protocol_errors_total',
    'Sessions closed for breaking the protocol.',
    () => c.protocolErrors,
  );
  byReason('partyline_upgrades_refused_total', 'WebSocket upgrades refused.', () => ({
    origin: c.originRefused,
    full: c.overLimit,
  }));
  byReason('partyline_sessions_closed_total', 'Sessions that the edge closed, by close code.', () =>
    Object.fromEntries(c.closes),
  );
  counter('partyline_control_messages_total', 'Control messages received.', ['outcome'], () => [
    [{ outcome: 'taken' }, c.controlMessages - c.unknownControl - c.invalidControl],
    [{ outcome: 'unknown' }, c.unknownControl],
    [{ outcome: 'invalid' }, c.invalidControl],
    [{ outcome: 'rate' }, c.controlRateDrops],
    [{ outcome: 'early' }, c.earlyMessages],
  ]);
  counter('partyline_data_messages_total', 'Chat and data messages.', ['outcome'], () => [
    [{ outcome: 'passed' }, c.dataMessages],
    [{ outcome: 'refused' }, c.dataDrops],
  ]);
  plain('partyline_announcements_total', 'Participant changes announced to rooms.', () => c.announcements);
  exportReportMetrics(metrics, c);
  counter(
    'partyline_moves_total',
    'Participants told to go to another edge, by what became of it.',
    ['outcome'],
    () => [
      [{ outcome: 'told' }, c.movesSent],
      [{ outcome: 'completed' }, c.movesCompleted],
      [{ outcome: 'overdue' }, c.movesOverdue],
      [{ outcome: 'abandoned' }, c.movesAbandoned],
    ],
  );
  counter(
    'partyline_move_tickets_total',
    'Tickets for other edges, by what the directory answered.',
    ['outcome'],
    () => [
      [{ outcome: 'given' }, c.movesSent - c.movesWithoutTicket],
      [{ outcome: 'missing' }, c.movesWithoutTicket],
      [{ outcome: 'failed' }, c.moveTicketFailures],
    ],
  );
  plain('partyline_handovers_total', 'Old connections whose client speaks on a new one.', () => c.handovers);
  plain(
    'partyline_sessions_moved_away_total',
    'Sessions that a newer one on another edge took over.',
    () => c.movedAway,
  );
  counter('partyline_shadows_total', 'Connections made beside an older one elsewhere.', ['outcome'], () => [
    [{ outcome: 'opened' }, c.shadows],
    [{ outcome: 'ready' }, c.shadowsReady],
    [{ outcome: 'abandoned' }, c.shadowsAbandoned],
  ]);
  plain(
    'partyline_hellos_sent_on_total',
    'Hellos sent on to the edge that their ticket names.',
    () => c.sentOn,
  );
  plain('partyline_drains_total', 'Drains begun.', () => c.drains);
  counter('partyline_sheds_total', 'Times that load was over its limit for 5 s.', ['outcome'], () => [
    [{ outcome: 'room_moved' }, c.roomsShed],
    [{ outcome: 'no_target' }, c.shedsWithoutTarget],
  ]);
  plain(
    'partyline_registry_returns_total',
    'Times that the registry came back or had lost its state, and was told everything anew.',
    () => c.registryReturns,
  );
  plain(
    'partyline_edge_id_taken_total',
    'Renewals of the lease refused because another edge has the same id.',
    () => c.edgeIdTaken,
  );
  plain(
    'partyline_registry_failures_total',
    'Calls of registry and directory that failed.',
    () => c.registryFailures,
  );
  plain('partyline_lease_renewals_total', 'Renewals of the lease of this edge.', () => c.leaseRenewals);
  plain('partyline_orders_total', 'Orders of directories received.', () => c.orders);
  counter('partyline_ticket_renewals_total', 'Tickets renewed over connections.', ['outcome'], () => [
    [{ outcome: 'renewed' }, c.renewals],
    [{ outcome: 'failed' }, c.renewalFailures],
    [{ outcome: 'refused' }, c.renewalsRefused],
  ]);
  plain(
    'partyline_used_tickets_forgotten_total',
    'Used tickets forgotten early, for there were too many.',
    () => c.forgottenTickets,
  );
};
