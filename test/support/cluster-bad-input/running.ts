import { CLOSE } from '@partyline/protocol';
import { freePort } from '@partyline/redis/server';
import type { MetricsPage } from '../metrics-page.ts';
import { withProgram } from '../program.ts';
import { nowMs, RawClient } from '../raw-client.ts';
import { type System, withSystem } from '../system.ts';
import { forMs, holdsWithin } from '../wait.ts';
import { besideCall } from './call.ts';
import type { ClusterCase } from './case.ts';
import { EDGE_WITH_CLOCK } from './clock.ts';
import { ordersOfLaterVersion } from './orders.ts';
import { endedWith, listensEver, redisSettings, startProgram } from './processes.ts';
import { strangeRegions, unknownRegion } from './regions.ts';
import { garbageOnBundles, garbageOnPeers } from './wire.ts';

/** Lines that the processes have written since the cluster started, by name. */
export type Written = readonly string[];

/** A cluster whose lines are kept. */
export const withBystanders = (use: (system: System, written: Written) => Promise<void>): Promise<void> => {
  const written: string[] = [];
  const onLine = (name: string, line: string): void => void written.push(`${name}: ${line}`);
  return withSystem({ shape: 'cluster', cluster: { edgeProgram: EDGE_WITH_CLOCK, onLine } }, (system) =>
    use(system, written),
  );
};

const twoOfOneId = (system: System): ClusterCase => ({
  name: 'edges: the id of another that is alive, in its own region and in another one',
  expected:
    'exit 1, a line with PARTYLINE_EDGE_ID; nobody can connect to them; a call on the first loses nothing',
  attempt: (note) =>
    besideCall(system, 'same-id', note, async () => {
      const troubles = await Promise.all(
        [...system.cluster.redis.keys()].map((region) => impostor(system, region)),
      );
      return troubles.find((trouble) => trouble !== undefined);
    }),
});

/** Another edge with the id of the first one. */
const impostor = async (system: System, region: string): Promise<string | undefined> => {
  const { cluster } = system;
  const [port, opsPort] = [await freePort('127.0.0.1'), await freePort('127.0.0.1')];
  const env = {
    PARTYLINE_EDGE_ID: cluster.edges[0]!.id,
    PARTYLINE_EDGE_REGION: region,
    PARTYLINE_EDGE_PORT: String(port),
    PARTYLINE_OPS_PORT: String(opsPort),
    PARTYLINE_DIRECTORY_URLS: cluster.url,
    ...redisSettings(cluster, region),
  };
  return withProgram(startProgram('edge', env, true), async (program) => {
    const [trouble, listened] = await Promise.all([
      endedWith(program, 1, /PARTYLINE_EDGE_ID/),
      listensEver(program, port),
    ]);
    if (trouble !== undefined) return `${region}: ${trouble}`;
    return listened ? `${region}: clients could connect to it` : undefined;
  });
};

const DRAIN_SECONDS = 2;

/** A client of before moves were there. */
const ignoredMove = (system: System): ClusterCase => ({
  name: 'a client that ignores `move`',
  expected: `closed with ${CLOSE.goingAway} after ${DRAIN_SECONDS} s; let in again by its ticket`,
  attempt: async () => {
    const edge = system.edges[1]!;
    const room = 'old-clients';
    const [one, other] = [
      await system.join({ room, identity: 'one', edge }),
      await system.join({ room, identity: 'other', edge }),
    ];
    const clients = [one, other];
    const { reply: otherReply, socketUrl } = {
      reply: other.reply!,
      socketUrl: system.cluster.edge(edge).url,
    };
    const resumeKey = other.last('welcome')?.resumeKey;
    const beganAtMs = nowMs();
    const drained = await system.admin.request('POST', `/v1/edges/${edge}/drain`, {
      windowSeconds: DRAIN_SECONDS,
    });
    if (drained.status !== 200) return `the drain was answered with ${drained.status}`;
    for (const client of clients) {
      const code = await client.closeCode(DRAIN_SECONDS * 1_000 + 5_000);
      if (code !== CLOSE.goingAway) return `the close code was ${code}`;
      const afterMs = client.closed!.atMs - beganAtMs;
      if (afterMs < DRAIN_SECONDS * 1_000 - 500)
        return `it was closed after ${afterMs.toFixed(0)} ms already`;
      if (client.last('move') === undefined) return 'it was not told to move';
    }
    const move = one.last('move')!;
    if (move.ticket === undefined || move.url === undefined) return 'the move named no ticket';
    if (move.edge === edge) return 'the move named the edge that drains';
    const again = await RawClient.connect({ ...one.reply!, ticket: move.ticket }, move.url);
    if (again.last('ready') === undefined)
      return `the move's ticket was refused: ${again.closed?.code} ${again.closed?.reason}`;
    if (again.last('welcome')?.streamId !== one.reply!.streamId) return 'it came back as another stream';
    await again.leave();
    const resumed = await system.admin.request('POST', `/v1/edges/${edge}/drain`, { resume: true });
    if (resumed.status !== 200) return `resuming was answered with ${resumed.status}`;
    const back = await RawClient.open(`${socketUrl}/v1/ws`);
    back.hello(otherReply.ticket, resumeKey === undefined ? {} : { resumeKey });
    await back.settled();
    if (back.last('ready') === undefined)
      return `its own ticket was refused: ${back.closed?.code} ${back.closed?.reason}`;
    await back.leave();
    return undefined;
  },
});

const SHIFT_MS = 5_000;

const wrongClock = (system: System, written: Written, shiftMs: number): ClusterCase => {
  const direction = shiftMs > 0 ? 'ahead of' : 'behind';
  const seconds = Math.abs(shiftMs) / 1_000;
  return {
    name: `a clock that is ${seconds} s ${shiftMs > 0 ? 'ahead' : 'behind'}`,
    expected: 'no frame late or lost either way, the offset is measured, a line names NTP',
    attempt: async (note) => {
      const { id, member } = system.cluster.edges.at(-1)!;
      await member.stop(10_000);
      await member.start({ CLOCK_SHIFT_MS: String(shiftMs) });
      const lists = async (): Promise<boolean> => {
        const { body } = await system.admin.request('GET', '/v1/edges');
        return (body as { edges: { edge: string }[] }).edges.some(({ edge }) => edge === id);
      };
      if (!(await holdsWithin(lists, 10_000, 100))) return `${id} did not come back`;
      const linesBefore = written.length;
      const lateBefore = await late(system);
      return besideCall(system, `wrong-clock-${shiftMs > 0 ? 'ahead' : 'behind'}`, note, async () => {
        const offsets = async (): Promise<number[]> =>
          [...(await system.edgePages()).values()].map((page) =>
            page.required('partyline_peer_clock_offset_seconds'),
          );
        const measured = await holdsWithin(
          async () => (await offsets()).every((offset) => Math.abs(offset - seconds) < 0.2),
          10_000,
          200,
        );
        if (!measured) return `the offsets were measured as ${await offsets()} s`;
        await forMs(3_000);
        const more = (await late(system)) - lateBefore;
        if (more > 0) return `${more} frames or bundles were taken for late`;
        const lines = written.slice(linesBefore).filter((line) => /check NTP/.test(line));
        if (!lines.some((line) => line.includes(`edge ${id} is ${seconds.toFixed(1)} s ${direction} this`)))
          return `no line names the clock: ${lines.join(' | ').slice(0, 300)}`;
        return undefined;
      });
    },
  };
};

const late = async (system: System): Promise<number> => {
  const page: MetricsPage = await system.metrics();
  return (
    page.sum('partyline_frames_lost_total', { reason: 'late' }) +
    page.sum('partyline_bus_bundles_refused_total', { reason: 'late' })
  );
};

/** Everything that is tried on a running cluster; the wrong clocks last, as the last one stays wrong. */
export const runningCases = (system: System, written: Written): ClusterCase[] => [
  garbageOnPeers(system, written),
  garbageOnBundles(system, written),
  ordersOfLaterVersion(system),
  twoOfOneId(system),
  unknownRegion(system),
  strangeRegions(system),
  ignoredMove(system),
  wrongClock(system, written, SHIFT_MS),
  wrongClock(system, written, -SHIFT_MS),
];
