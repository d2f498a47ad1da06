import type { Bus } from '@partyline/bus';
import type { Metrics } from '@partyline/telemetry';
import { Gauge } from 'prom-client';
import type { RelayCounters } from '../counters.ts';
import type { Relay } from './relay.ts';

type Labels = Partial<
  Record<'hop' | 'source' | 'direction' | 'reason' | 'from_region' | 'to_region', string>
>;
type Sample = [Labels, number];

/** What is read of a relay at scrape time. */
export interface RelayReadings {
  region: string;
  relay: Pick<Relay, 'links' | 'origins' | 'received'>;
  buses: Readonly<Record<'media' | 'control', Pick<Bus, 'stats'>>>;
  counters: Readonly<RelayCounters>;
}

const HOP = { hop: 'bus', source: 'edge' } as const;

/** The bus's rows of `partyline_frames_total`. */
export const relayedFrames = ({ relay, region }: RelayReadings): Sample[] => [
  ...[...relay.links.regions].map(
    ([toRegion, { frames }]): Sample => [
      { ...HOP, direction: 'out', from_region: region, to_region: toRegion },
      frames,
    ],
  ),
  ...[...relay.origins].map(
    ([fromRegion, { frames }]): Sample => [
      { ...HOP, direction: 'in', from_region: fromRegion, to_region: region },
      frames,
    ],
  ),
];

/** The bus's rows of `partyline_frames_lost_total`: what was given up here, and what this edge finds missing. */
export const lostOnBus = ({ relay, region, counters }: RelayReadings): Sample[] => {
  const { received } = relay;
  const lost = (reason: string, value: number): Sample => [{ ...HOP, reason, to_region: region }, value];
  return [
    lost('lost', received.lostFrames),
    lost('late', received.lateFrames),
    lost('unknown_room', counters.unknownRoomFrames),
    lost('too_many_streams', counters.tooManyStreamsFrames),
    ...[...relay.links.regions].flatMap(([toRegion, stats]) => {
      const dropped = (reason: string, value: number): Sample => [
        { ...HOP, reason, from_region: region, to_region: toRegion },
        value,
      ];
      return [
        dropped('dropped_full', stats.droppedFull),
        dropped('dropped_away', stats.droppedAway),
        dropped('dropped_old', stats.droppedOld),
      ];
    }),
  ];
};

/** Exports the series that are about the bus alone. */
export const exportRelayMetrics = (metrics: Metrics, { relay, counters, buses }: RelayReadings): void => {
  const { links, received } = relay;
  const counter = (name: string, help: string, label: string, values: () => Record<string, number>): void => {
    metrics.counter({
      name,
      help,
      labelNames: [label],
      collect: () => Object.entries(values()).map(([key, value]) => ({ labels: { [label]: key }, value })),
    });
  };
  const plain = (name: string, help: string, value: () => number): void => {
    metrics.counter({ name, help, labelNames: [], collect: () => [{ labels: {}, value: value() }] });
  };
  counter('partyline_bus_bundles_total', 'Bundles of frames, heartbeats included.', 'direction', () => ({
    out: links.stats.bundles,
    in: received.bundles,
  }));
  counter('partyline_bus_bytes_total', 'Bytes of bundles.', 'direction', () => ({
    out: links.stats.bytes,
    in: received.bytes,
  }));
  plain('partyline_bus_heartbeats_total', 'Bundles without frames that came.', () => received.heartbeats);
  counter('partyline_bus_bundles_refused_total', 'Bundles that came and were not taken.', 'reason', () => ({
    malformed: received.malformed,
    unknown_version: received.unknownVersion,
    duplicate: received.duplicateBundles,
    late: received.lateBundles,
    too_many_sources: received.refusedBundles,
  }));
  plain('partyline_bus_bundles_lost_total', 'Bundles missing in the numbering.', () => received.lostBundles);
  counter('partyline_bus_bundles_unanswered_total', 'Bundles sent in vain.', 'reason', () => ({
    deaf: links.stats.deafBundles,
    failed: links.stats.failedBundles,
  }));
  plain(
    'partyline_bus_deaf_frames_total',
    'Frames of bundles that reached nobody.',
    () => links.stats.deafFrames,
  );
  plain(
    'partyline_bus_relayed_frames_total',
    'Frames times the links they were given to.',
    () => counters.sentFrames,
  );
  counter(
    'partyline_bus_frames_ignored_total',
    'Frames that came and are heard already: by another way, or as a speaker of this edge.',
    'reason',
    () => ({ duplicate: counters.duplicateFrames, own_stream: counters.ownStreamFrames }),
  );
  counter('partyline_bus_selector_frames_total', 'Frames by what the selector decided.', 'decision', () => ({
    held: counters.heldFrames,
    pre_roll: counters.preRollFrames,
    selected: counters.selectedFrames,
    unheard: counters.unheardFrames,
  }));
  plain(
    'partyline_bus_subscribe_failures_total',
    'Subscriptions of the inbox that failed and were tried again.',
    () => counters.subscribeFailures,
  );
  const ofEach = (field: 'reconnects' | 'resubscribes' | 'stalls' | 'cuts' | 'dropped') => () =>
    Object.fromEntries(Object.entries(buses).map(([bus, { stats }]) => [bus, stats[field]]));
  counter('partyline_bus_reconnects_total', 'Connections made again.', 'bus', ofEach('reconnects'));
  counter('partyline_bus_resubscribes_total', 'Channels subscribed anew.', 'bus', ofEach('resubscribes'));
  counter(
    'partyline_bus_stalls_total',
    'Connections ended as nothing was answered.',
    'bus',
    ofEach('stalls'),
  );
  counter('partyline_bus_cuts_total', 'Subscribers that the engine closed by itself.', 'bus', ofEach('cuts'));
  counter('partyline_bus_messages_dropped_total', 'Messages that no engine took.', 'bus', ofEach('dropped'));
  new Gauge({
    name: 'partyline_bus_up',
    help: '1 while every connection of the bus is there and everything is subscribed.',
    labelNames: ['bus'],
    registers: [metrics.registry],
    collect() {
      for (const [bus, { stats }] of Object.entries(buses)) this.set({ bus }, stats.up ? 1 : 0);
    },
  });
  for (const [name, field, help] of [
    ['partyline_bus_bundles_in_flight', 'bundles', 'Bundles handed to the bus and not answered yet.'],
    ['partyline_bus_unanswered_bytes', 'bytes', 'Bytes of the bundles that are not answered yet.'],
  ] as const) {
    new Gauge({
      name,
      help,
      labelNames: ['to_region'],
      registers: [metrics.registry],
      collect() {
        for (const [to_region, inFlight] of links.inFlight) this.set({ to_region }, inFlight[field]);
      },
    });
  }
};
