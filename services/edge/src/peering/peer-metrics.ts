import type { Metrics } from '@partyline/telemetry';
import { Gauge } from 'prom-client';
import type { PeerCounters } from './peer-counters.ts';
import type { Peers } from './peers.ts';

type Rows<Label extends string> = () => [Record<Label, string>, number][];

/** Exports what an edge counts about the others. */
export const exportPeerMetrics = (metrics: Metrics, c: PeerCounters, peers: Peers): void => {
  const counter = <Label extends string>(
    name: string,
    help: string,
    labelNames: readonly Label[],
    rows: Rows<Label>,
  ): void => {
    metrics.counter({
      name,
      help,
      labelNames,
      collect: () => rows().map(([labels, value]) => ({ labels, value })),
    });
  };
  const gauge = (name: string, help: string, value: () => number): void => {
    new Gauge({
      name,
      help,
      registers: [metrics.registry],
      collect() {
        this.set(value());
      },
    });
  };

  counter('partyline_peer_messages_total', 'Messages between edges about rooms.', ['direction'], () => [
    [{ direction: 'out' }, c.sentMessages],
    [{ direction: 'in' }, c.receivedMessages],
  ]);
  counter('partyline_peer_bytes_total', 'Bytes of messages between edges about rooms.', ['direction'], () => [
    [{ direction: 'out' }, c.sentBytes],
    [{ direction: 'in' }, c.receivedBytes],
  ]);
  counter(
    'partyline_peer_messages_lost_total',
    'Messages between edges that were not taken.',
    ['reason'],
    () => [
      [{ reason: 'bus' }, c.sendFailures],
      [{ reason: 'deaf' }, c.deafSends],
      [{ reason: 'too_large' }, c.tooLarge],
      [{ reason: 'rate' }, c.rateDrops],
      [{ reason: 'bound' }, c.overBound],
      [{ reason: 'malformed' }, c.faults.malformed],
      [{ reason: 'unknown_version' }, c.faults.unknown_version],
      [{ reason: 'unknown_type' }, c.faults.unknown_type],
    ],
  );
  counter('partyline_peer_parts_total', 'What was told of rooms, and asked for.', ['kind'], () => [
    [{ kind: 'whole' }, c.wholeParts],
    [{ kind: 'change' }, c.changes],
    [{ kind: 'digest' }, c.digests],
    [{ kind: 'ask' }, c.asks],
    [{ kind: 'gap' }, c.gaps],
  ]);
  counter('partyline_join_barriers_total', 'Times that `ready` waited for other edges.', ['outcome'], () => [
    [{ outcome: 'opened' }, c.barriers],
    [{ outcome: 'timeout' }, c.barrierTimeouts],
    [{ outcome: 'retry' }, c.barrierRetries],
  ]);
  counter('partyline_peer_silences_total', 'Peers of which nothing was heard for 3 s.', [], () => [
    [{}, c.silences],
  ]);
  counter(
    'partyline_peer_parts_reaped_total',
    'Parts of rooms given up, as the registry no longer knows their edge.',
    [],
    () => [[{}, c.reapedParts]],
  );
  counter(
    'partyline_sessions_superseded_elsewhere_total',
    'Sessions of which another edge has a newer one.',
    [],
    () => [[{}, c.superseded]],
  );
  counter('partyline_peer_data_total', 'Data messages between edges.', ['outcome'], () => [
    [{ outcome: 'sent' }, c.dataSent],
    [{ outcome: 'received' }, c.dataReceived],
    [{ outcome: 'unanswered' }, c.dataUnanswered],
  ]);
  counter(
    'partyline_room_entries_total',
    'Calls that tell the registry which rooms are here.',
    ['outcome'],
    () => [
      [{ outcome: 'done' }, c.roomEntries - c.roomEntryFailures],
      [{ outcome: 'failed' }, c.roomEntryFailures],
    ],
  );
  gauge('partyline_edge_peers', 'Other edges that this one knows.', () => peers.size);
  gauge(
    'partyline_peer_clock_offset_seconds',
    "The greatest distance of a peer's clock from this edge's.",
    () => peers.worstClockOffsetMs / 1_000,
  );
};
