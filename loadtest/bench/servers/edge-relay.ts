import { ControlPlane, MemoryBus } from '@partyline/bus';
import { createEdge, parseEdgeConfig } from '@partyline/edge';
import type { EdgeId, Identity, RoomId, StreamId } from '@partyline/protocol';
import { MemoryRegistry } from '@partyline/registry';
import { systemClock } from '@partyline/runtime';
import { createLogger, createMetrics, OpsServer } from '@partyline/telemetry';
import { TicketVerifier } from '@partyline/tokens';
import { placesOf } from '../generator/place.ts';
import { runServer, type ServerOptions } from './server-calls.ts';

let ops: OpsServer | undefined;

/** A whole edge as `npm start` or a pod runs it, alone in its process: everything in memory, metrics and all. */
const start = async (options: ServerOptions): Promise<number> => {
  const { shape, tls, coalesceMs, clustered = false } = options;
  const parsed = parseEdgeConfig({
    PARTYLINE_EDGE_ID: options.edge,
    PARTYLINE_EDGE_PORT: '0',
    PARTYLINE_EDGE_LAST_N: String(shape.publishers),
    // A loaded shape sends frames more often than voice does.
    PARTYLINE_EDGE_MAX_FRAMES_PER_SECOND: String(Math.ceil(Math.max(120, 2_000 / shape.intervalMs))),
    ...(tls ? { PARTYLINE_EDGE_TLS_CERT: tls.certFile, PARTYLINE_EDGE_TLS_KEY: tls.keyFile } : {}),
    ...(coalesceMs === undefined
      ? {}
      : {
          PARTYLINE_EDGE_COALESCE_MAX_MS: String(coalesceMs),
          PARTYLINE_EDGE_STAGE_COALESCE_MAX_MS: String(coalesceMs),
        }),
  });
  if (!parsed.ok) throw new Error(parsed.issues.map(({ env, message }) => `${env} ${message}`).join('; '));
  const bus = new MemoryBus();
  await bus.start();
  const registry = new MemoryRegistry({}, { clock: systemClock });
  await seatEverybody(registry, options);
  const metrics = createMetrics();
  const edge = createEdge(parsed.value, {
    registry,
    controlPlane: new ControlPlane({}, { bus }),
    ticketVerifier: new TicketVerifier(options.ticketKeys),
    // Tickets outlive the bench.
    renewTicket: () => Promise.reject(new Error('there is no directory here')),
    log: createLogger({ level: 'warn', name: 'edge', output: process.stderr }),
    ...(clustered && { cluster: { mediaBus: bus, controlBus: bus, prefix: 'bench' } }),
    metrics,
    clock: systemClock,
  });
  await edge.start();
  ops = new OpsServer({ host: '127.0.0.1', port: 0, metrics, readiness: () => edge.readiness() });
  await ops.start();
  return edge.port;
};

/** The generator signs the tickets itself, so the seats that go with them are taken here, as a directory would. */
const seatEverybody = async (registry: MemoryRegistry, { shape, edge }: ServerOptions): Promise<void> => {
  for (const place of placesOf(shape)) {
    const seat = await registry.claimSeat({
      room: place.room as RoomId,
      identity: place.identity as Identity,
      resumeId: place.identity,
      resumed: { streamId: place.streamId as StreamId, generation: 0 },
      seatTtlMs: 60_000,
      edge: edge as EdgeId,
    });
    if (!seat.ok) throw new Error(`no seat for ${place.identity} in ${place.room}: ${seat.reason}`);
  }
};

runServer(start, { opsPort: () => ops?.port });
