import type { Metrics } from '@partyline/telemetry';
import { Gauge } from 'prom-client';
import type { ParticipantKind } from './rooms/census.ts';

/** What is read at scrape time beside the counters. */
export interface EdgeGauges {
  connections: () => number;
  rooms: () => number;
  speakers: () => number;
  participants: () => Readonly<Record<ParticipantKind, number>>;
  reconnecting: () => number;
  pausedListeners: () => number;
  /** 0 … 1, the worse of connections and CPU. */
  load: () => number;
  lagSeconds: () => number;
  egressFramesPerSecond: () => number;
  bufferedBytes: () => number;
  usedTickets: () => number;
  /** 1 while it moves everybody away, or has done so. */
  draining: () => number;
  /** Undefined until it is loaded. */
  engine: () => { package: string; version: string } | undefined;
}

/** Exports how an edge is right now. */
export const exportGauges = (metrics: Metrics, gauges: EdgeGauges): void => {
  const registers = [metrics.registry];
  const gauge = (name: string, help: string, value: () => number): void => {
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(value());
      },
    });
  };

  gauge('partyline_edge_connections', 'WebSocket connections open.', gauges.connections);
  gauge(
    'partyline_edge_egress_frames_per_second',
    'Frames times listeners sent in the last second.',
    gauges.egressFramesPerSecond,
  );
  gauge(
    'partyline_edge_load',
    'How full this edge is, 0 to 1: the worse of connections and CPU.',
    gauges.load,
  );
  gauge('partyline_edge_event_loop_lag_seconds', 'How late the last tick was.', gauges.lagSeconds);
  gauge(
    'partyline_edge_buffered_bytes',
    'Bytes that sockets have not taken yet, told from up to 1,000 of them.',
    gauges.bufferedBytes,
  );
  gauge('partyline_edge_rooms', 'Rooms with participants on this edge.', gauges.rooms);
  gauge(
    'partyline_edge_speakers',
    'Streams of this and other edges that selectors let through to listeners here.',
    gauges.speakers,
  );
  new Gauge({
    name: 'partyline_edge_participants',
    help: 'Participants on this edge, reconnecting ones included; a shadow is beside the session that counts, on its way in or out.',
    labelNames: ['kind'],
    registers,
    collect() {
      for (const [kind, count] of Object.entries(gauges.participants())) this.set({ kind }, count);
    },
  });
  gauge(
    'partyline_edge_reconnecting_participants',
    'Participants without a connection who may still come back.',
    gauges.reconnecting,
  );
  gauge('partyline_edge_paused_listeners', 'Slow listeners that are paused now.', gauges.pausedListeners);
  gauge('partyline_edge_used_tickets', 'Used tickets remembered.', gauges.usedTickets);
  gauge(
    'partyline_edge_draining',
    '1 while this edge moves everybody away, or has done so.',
    gauges.draining,
  );
  new Gauge({
    name: 'partyline_edge_websocket_engine_info',
    help: 'The WebSocket engine in use.',
    labelNames: ['package', 'version'],
    registers,
    collect() {
      const engine = gauges.engine();
      if (engine !== undefined) this.set({ package: engine.package, version: engine.version }, 1);
    },
  });
};
