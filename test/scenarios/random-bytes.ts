import { Expectations, type RunContext, type RunOutcome } from '@partyline/harness';
import { floodSocket, garbleApi, garbleTcp, type Target } from '../support/garbage.ts';
import { expectAllHeard, untilHeard } from '../support/hearing.ts';
import type { MetricsPage } from '../support/metrics-page.ts';
import { percentile } from '../support/reception.ts';
import { SeededRandom } from '../support/seeded-random.ts';
import { speech } from '../support/synthetic-voice.ts';
import type { System } from '../support/system.ts';
import { systemScenario } from '../support/system-scenario.ts';
import { Talkers } from '../support/talkers.ts';
import { forMs, holdsWithin } from '../support/wait.ts';

/** The call that must not notice, and the room that attackers with a token join. */
const ROOM = 'bystanders';
const ATTACKED_ROOM = 'garbage';
const DEFAULT_SEED = 20_261_123;
/** What the process may hold more of, garbage collected, after all this than before it, once warm. */
const MAX_LIVE_GROWTH_MIB = 6;
/** Resident memory follows the load up and never quite down, so it is bounded with much more room. */
const MAX_RESIDENT_GROWTH_MIB = 96;
const WARM_UP_MS = 4_000;
/** In each process: connections among themselves and to Redis come and go. A leak would be thousands, one for each socket tried. */
const MAX_MORE_HANDLES = 3;

interface Sent {
  socketMessages: number;
  sockets: number;
  tcpConnections: number;
  requests: number;
  /** Answers by their status; 0 is a request that was cut off. */
  statuses: Record<number, number>;
}

const attack = async (system: System, target: Target, durationMs: number): Promise<Sent> => {
  const sent: Sent = { socketMessages: 0, sockets: 0, tcpConnections: 0, requests: 0, statuses: {} };
  const endsAt = performance.now() + durationMs;
  const repeat = async (act: () => Promise<unknown>): Promise<void> => {
    while (performance.now() < endsAt) await act();
  };
  await Promise.all([
    repeat(async () => {
      sent.socketMessages += await floodSocket(target, 40);
      sent.sockets += 1;
    }),
    repeat(async () => {
      const insider = await system
        .join({ room: ATTACKED_ROOM, identity: `insider-${sent.sockets % 7}` })
        .catch(() => undefined);
      if (insider !== undefined) sent.socketMessages += await floodSocket(target, 200, insider);
      sent.sockets += 1;
      // An attacker with a key is still bound by the API's own rate of joins.
      await forMs(300);
    }),
    // Most of these wait until the edge gives up on them, so several are open at once.
    ...Array.from({ length: 4 }, () =>
      repeat(async () => {
        await garbleTcp(target);
        sent.tcpConnections += 1;
      }),
    ),
    repeat(async () => {
      const status = await garbleApi(target);
      sent.requests += 1;
      sent.statuses[status] = (sent.statuses[status] ?? 0) + 1;
    }),
  ]);
  return sent;
};

const handlesOf = (page: MetricsPage): number => page.sum('process_open_fds');

/** Memory and handles at a moment of rest. */
interface Holdings {
  liveMiB: number;
  residentMiB: number;
  handles: number;
  processes: number;
}

const holdingsOf = async (system: System): Promise<Holdings> => {
  const liveMiB = await system.liveMiB();
  const residentMiB = await system.residentMiB();
  const page = await system.metrics();
  return {
    liveMiB,
    residentMiB,
    handles: handlesOf(page),
    processes: page.select('process_open_fds').length,
  };
};

const inCall = async (context: RunContext, system: System): Promise<RunOutcome> => {
  const checks = new Expectations();
  const seed = Number(context.options.get('seed') ?? DEFAULT_SEED);
  const speaker = await system.join({ room: ROOM, identity: 'speaker' });
  const listener = await system.join({ room: ROOM, identity: 'bystander', grants: { publish: false } });
  const target: Target = {
    url: system.api.url,
    socketUrl: system.api.socketUrl(listener.reply!),
    random: new SeededRandom(seed),
  };
  const talkers = new Talkers();
  talkers.say(speaker, speech(20));

  context.say(`seed ${seed}; warming up`);
  await attack(system, target, WARM_UP_MS);
  const before = await holdingsOf(system);
  const durationMs = context.full ? 60_000 : 10_000;
  context.say(`random bytes for ${durationMs / 1_000} s`);
  const sent = await attack(system, target, durationMs);

  checks.expect(system.running, 'the system ended');
  const settled = await holdsWithin(
    async () => handlesOf(await system.metrics()) <= before.handles + MAX_MORE_HANDLES * before.processes,
    15_000,
    250,
  );
  const after = await holdingsOf(system);
  checks.expect(
    settled,
    `${after.handles} files and sockets are open, ${before.handles} were before the garbage`,
  );
  const connections = (await system.metrics()).sum('partyline_edge_connections');
  checks.expect(connections === 2, `the edge counts ${connections} connections while two are in the call`);
  const liveGrowthMiB = after.liveMiB - before.liveMiB;
  const residentGrowthMiB = after.residentMiB - before.residentMiB;
  checks.expect(
    liveGrowthMiB <= MAX_LIVE_GROWTH_MIB,
    `${liveGrowthMiB.toFixed(1)} MiB more are in use, more than ${MAX_LIVE_GROWTH_MIB}`,
  );
  checks.expect(
    residentGrowthMiB <= MAX_RESIDENT_GROWTH_MIB,
    `the process grew by ${residentGrowthMiB.toFixed(1)} MiB, more than ${MAX_RESIDENT_GROWTH_MIB}`,
  );
  checks.expect((await system.opsStatus('/healthz')) === 200, 'the process is not healthy afterwards');
  checks.expect((await system.opsStatus('/readyz')) === 200, 'the process is not ready afterwards');

  talkers.hush(speaker);
  await untilHeard([listener], () => speaker.spoken);
  talkers.stop();
  expectAllHeard(checks, listener, speaker.spoken, talkers);
  const newcomer = await system.join({ room: ROOM, identity: 'newcomer' });
  checks.expect(newcomer.last('ready') !== undefined, 'nobody can join afterwards');
  checks.expect(
    Object.keys(sent.statuses).every((status) => Number(status) < 500),
    `random requests were answered by errors of the server: ${JSON.stringify(sent.statuses)}`,
  );
  await Promise.all([speaker, listener, newcomer].map((client) => client.leave()));

  const delays = listener.reception.of(speaker.streamId).map((frame) => frame.delayMs);
  const delayMs = { p50: percentile(delays, 0.5), p99: percentile(delays, 0.99) };
  context.table([
    [
      'socket messages',
      'TCP connections',
      'requests',
      'in use MiB',
      'resident MiB',
      'open files',
      "the call's p99 ms",
    ],
    [
      sent.socketMessages,
      sent.tcpConnections,
      sent.requests,
      `${before.liveMiB.toFixed(1)} → ${after.liveMiB.toFixed(1)}`,
      `${before.residentMiB.toFixed(0)} → ${after.residentMiB.toFixed(0)}`,
      `${before.handles} → ${after.handles}`,
      delayMs.p99.toFixed(1),
    ],
  ]);
  return { ...checks.outcome, seed, ...sent, before, after, delayMs };
};

/** Garbage at every door while a call goes on. */
export const run = systemScenario({
  name: 'random-bytes',
  about:
    'Random bytes at the WebSocket, the bare port and the API (10 s; --full 60 s; --seed): still serving, no growth.',
  floor: `${MAX_LIVE_GROWTH_MIB} MiB growth`,
  aim: '0 MiB growth',
  system: { inspected: true },
  inCall,
});
