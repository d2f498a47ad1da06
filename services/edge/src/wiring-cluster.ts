import type { Bus } from '@partyline/bus';
import type { EdgeConfig } from './config.ts';
import type { EdgeCounters } from './counters.ts';
import type { FailureLog } from './failure-log.ts';
import type { FanOut } from './media/fan-out.ts';
import type { FrameTraces } from './media/frame-traces.ts';
import type { SpeakerGate } from './media/speaker-gate.ts';
import { Peering } from './peering/peering.ts';
import { Relay } from './relay/relay.ts';
import type { RelayReadings } from './relay/relay-metrics.ts';
import type { Member } from './rooms/member.ts';
import type { Rooms } from './rooms/rooms.ts';
import type { EdgeServices } from './wiring.ts';

/** What edges of a cluster share. */
export interface ClusterServices {
  /** Carries voice. */
  mediaBus: Bus;
  /** Carries what edges tell each other, on a connection of its own: voice never holds it up. */
  controlBus: Bus;
  /** Stands before every channel, without a colon at its end. */
  prefix: string;
}

/** What the edge gives those of its parts that deal with other edges. */
export interface ClusterGivens {
  boot: string;
  counters: EdgeCounters;
  failures: FailureLog;
  rooms: Rooms;
  fanOut: FanOut;
  gate: SpeakerGate;
  traces: FrameTraces;
  /** A newer session of a member is on another edge. */
  superseded: (member: Member) => void;
  /** Since when the registry has been in contact; undefined while it is not. */
  registrySinceMs: () => number | undefined;
}

/** Makes the parts of an edge that deal with other edges: media, and what they tell each other about rooms. */
export const wireCluster = (
  { edgeId, region }: EdgeConfig,
  { mediaBus, controlBus, prefix }: ClusterServices,
  { clock, metrics, registry, log }: EdgeServices,
  { boot, counters, failures, rooms, fanOut, gate, traces, superseded, registrySinceMs }: ClusterGivens,
): { relay: Relay; peering: Peering; relayReadings: RelayReadings } => {
  const relay: Relay = new Relay(
    { prefix, region, edge: edgeId, boot },
    {
      bus: mediaBus,
      rooms,
      fanOut,
      gate,
      clock,
      counters: counters.relay,
      regionOf: (source) => peering.peers.bySource(source)?.address.region,
      clockOffsetMs: (source) => peering.peers.bySource(source)?.clock.offsetMs,
      latencyFrom: (fromRegion) => metrics.hopLatency({ hop: 'bus', fromRegion, toRegion: region }),
      traces,
    },
  );
  const peering: Peering = new Peering(
    prefix,
    { edge: edgeId, boot, region },
    {
      bus: controlBus,
      registry,
      failures,
      log,
      clock,
      counters: counters.peering,
      events: {
        changed: (room, streamId) => {
          const mode = room.selectionOf(streamId);
          if (mode !== undefined) room.remote.moderated(room, streamId, mode);
        },
        superseded: (_room, member) => {
          counters.peering.superseded += 1;
          superseded(member);
        },
      },
      registrySinceMs,
      links: relay.links,
      channels: relay,
    },
  );
  rooms.watcher = peering;
  const buses = { media: mediaBus, control: controlBus };
  return { relay, peering, relayReadings: { region, relay, buses, counters: counters.relay } };
};
