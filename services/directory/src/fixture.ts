import { type ControlOrder, ControlPlane, MemoryBus, MemoryBusHub, type OrderHandler } from '@partyline/bus';
import type { Identity, JoinReply, RoomId } from '@partyline/protocol';
import { type EdgeLease, MemoryRegistry, type RegistryLimits } from '@partyline/registry';
import { ManualClock } from '@partyline/runtime';
import { createLogger, createMetrics } from '@partyline/telemetry';
import { mintAccessToken } from '@partyline/tokens';
import type { FastifyInstance, LightMyRequestResponse } from 'fastify';
import { createTicketSigner, parseDirectoryConfig, registryLimits } from './config.ts';
import { createDirectory } from './directory.ts';
import type { RecorderPort } from './recordings.ts';

export const KEY = { id: 'key-1', secret: 'a-secret-of-at-least-thirty-two-bytes' };
export const START_MS = 1_800_000_000_000;
/** Room for what a test's routes are about. */
export const LOBBY = 'lobby' as RoomId;

export const leaseOf = (edge: string, more: Partial<EdgeLease> = {}): EdgeLease => ({
  edge: edge as EdgeLease['edge'],
  boot: `boot-of-${edge}`,
  region: 'local',
  url: '/v1/ws',
  revision: '1',
  startedAt: 1,
  draining: false,
  connections: 0,
  maxConnections: 100,
  load: 0,
  rooms: 0,
  ...more,
});

/** A directory with registry, bus and a clock that stands still; edges are up to the test. */
export const startDirectory = async (
  env: Record<string, string> = {},
  prepare?: (app: FastifyInstance) => void,
  limits: Partial<RegistryLimits> = {},
  recorder?: RecorderPort,
) => {
  const parsed = parseDirectoryConfig({ PARTYLINE_API_KEYS: `${KEY.id}:${KEY.secret}`, ...env });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.issues));
  const config = parsed.value;
  const clock = new ManualClock(START_MS);
  const hub = new MemoryBusHub();
  const buses = [new MemoryBus(hub), new MemoryBus(hub)] as const;
  for (const bus of buses) await bus.start();
  const [controlPlane, edgeControl] = [
    new ControlPlane({}, { bus: buses[0] }),
    new ControlPlane({}, { bus: buses[1] }),
  ] as const;
  const registry = new MemoryRegistry({ ...registryLimits(config), ...limits }, { clock });
  const lines: Record<string, unknown>[] = [];
  const output = { write: (line: string) => lines.push(JSON.parse(line)) };
  const metrics = createMetrics({ processMetrics: false });
  const ticketSigner = createTicketSigner(config, clock);
  const directory = createDirectory(config, {
    registry,
    controlPlane,
    ...(recorder !== undefined && { recorder }),
    ticketSigner,
    log: createLogger({ level: 'info', name: 'directory', output }),
    metrics,
    clock,
  });
  prepare?.(directory.app);
  await directory.start();

  const call = (
    method: 'GET' | 'POST' | 'PATCH' | 'DELETE',
    url: string,
    options: { token?: string; body?: unknown; headers?: Record<string, string>; from?: string } = {},
  ): Promise<LightMyRequestResponse> => {
    const { token, body, headers = {}, from } = options;
    return directory.app.inject({
      method,
      url,
      headers: { ...(token !== undefined && { authorization: `Bearer ${token}` }), ...headers },
      ...(body !== undefined && { payload: body as object }),
      ...(from !== undefined && { remoteAddress: from }),
    });
  };
  const token = (claims: Partial<Parameters<typeof mintAccessToken>[0]> = {}): Promise<string> =>
    mintAccessToken({ keyId: KEY.id, secret: KEY.secret, nowMs: clock.now(), ...claims });
  const join = async (identity: string, body: object = {}): Promise<JoinReply> => {
    const reply = await call('POST', `/v1/rooms/${LOBBY}/join`, {
      token: await token({ identity, room: LOBBY }),
      body,
    });
    if (reply.statusCode !== 200) throw new Error(reply.body);
    return reply.json();
  };
  /** An edge that is alive and does what `handler` says; remembers its orders. */
  const startEdge = async (
    edge: string,
    handler: OrderHandler = async () => 'done',
    more: Partial<EdgeLease> = {},
  ) => {
    const lease = leaseOf(edge, more);
    const orders: ControlOrder[] = [];
    await registry.renewLease(lease);
    await edgeControl.listen(edge, lease.boot, (order) => {
      orders.push(order);
      return handler(order);
    });
    return { lease, orders };
  };
  /** What the edge writes after a hello. */
  const hello = (reply: JoinReply): Promise<void> =>
    registry.putMember(reply.room as RoomId, {
      streamId: reply.streamId as never,
      generation: reply.generation,
      identity: reply.identity as Identity,
      name: 'Name',
      edge: reply.edge as EdgeLease['edge'],
      boot: `boot-of-${reply.edge}`,
      joinedAt: START_MS,
      publisher: true,
      hidden: false,
      muted: false,
      moderated: false,
      reconnecting: false,
      selection: 'auto',
    });
  const stop = async (): Promise<void> => {
    await directory.stop();
    await Promise.all([controlPlane.stop(), edgeControl.stop()]);
    for (const bus of buses) await bus.stop();
  };
  const admin = (): Promise<string> => token({ admin: true });
  return {
    directory,
    registry,
    clock,
    config,
    metrics,
    ticketSigner,
    lines,
    call,
    token,
    admin,
    join,
    startEdge,
    hello,
    stop,
  };
};

export type DirectoryFixture = Awaited<ReturnType<typeof startDirectory>>;
