import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Place } from '@partyline/cluster';
import { Expectations, type NamedRun, type RunContext, type RunOutcome } from '@partyline/harness';
import { bookFailures, closedBooks } from '../support/books.ts';
import { nowMs, type RawClient } from '../support/raw-client.ts';
import { percentile } from '../support/reception.ts';
import { type End, type SpeechAcross, speechAcross } from '../support/speech-across.ts';
import { speech } from '../support/synthetic-voice.ts';
import { System } from '../support/system.ts';
import { Talkers } from '../support/talkers.ts';
import { forMs, holdsWithin } from '../support/wait.ts';
import { withTwoRegions } from '../support/wan/two-regions.ts';
import type { Wan } from '../support/wan/wan.ts';
import { overLossyWire } from './regions/lossy-wire.ts';

const ONE_WAY_MS = 80;
const JITTER_MS = 3;
/** Over the network's own time: two edges, a bundle's wait, and the machine; play-out is the client's. */
const MAX_ADDED_MS = 60;
const PESQ_FLOOR = 3.8;
const MAX_WAN_RATIO = 1.2;
const TALK_MS = 8_000;
const SPEAKERS = 3;
/** A few frames more may be sent than spoken in the same time: those under way. */
const MAX_SENT_PER_SPOKEN = 1.02;

/** Voice from the near region to one listener on each of so many edges of the far one. */
interface Crossing {
  bytesPerSecond: number;
  delaysMs: number[];
  /** Frames that went to the bus for each frame spoken. */
  sentPerSpoken: number;
}

const bundled = async (system: System): Promise<number> =>
  (await system.metrics()).sum('partyline_frames_total', { hop: 'bus', direction: 'out' });

const crossing = async (
  system: System,
  wan: Wan,
  checks: Expectations,
  farEdges: readonly string[],
): Promise<Crossing> => {
  const room = `far-${farEdges.length}`;
  const talkers = new Talkers();
  const speakers: RawClient[] = [];
  for (let i = 0; i < SPEAKERS; i++) {
    speakers.push(await system.join({ room, identity: `speaker-${i}`, edge: system.edges[0]! }));
  }
  const listeners: RawClient[] = [];
  for (const edge of farEdges) {
    listeners.push(await system.join({ room, identity: `on-${edge}`, edge, grants: { publish: false } }));
  }
  for (const speaker of speakers) talkers.say(speaker, speech(60));
  const spokenSoFar = (): number => speakers.reduce((sum, { spoken }) => sum + spoken, 0);
  // With three edges or more a room channel takes over, after a moment.
  await forMs(2_000);
  const before = await wan.traffic();
  const sentBefore = await bundled(system);
  const spokenBefore = spokenSoFar();
  const beganAtMs = nowMs();
  await forMs(TALK_MS);
  const bytes = (await wan.traffic()).bytes - before.bytes;
  const seconds = (nowMs() - beganAtMs) / 1_000;
  talkers.hush(...speakers);
  const spoken = spokenSoFar();
  const all = await holdsWithin(
    () => listeners.every(({ reception }) => reception.frames.length >= spoken),
    5_000,
  );
  talkers.stop();
  const sentPerSpoken = ((await bundled(system)) - sentBefore) / (spoken - spokenBefore);
  const heard = listeners.map(({ reception }) => reception.frames.length).join(', ');
  checks.expect(all, `of ${spoken} frames the far listeners heard ${heard}`);
  const delaysMs = listeners.flatMap(({ reception }) =>
    reception.frames.filter(({ arrivedAtMs }) => arrivedAtMs > beganAtMs).map(({ delayMs }) => delayMs),
  );
  await Promise.all([...speakers, ...listeners].map((client) => client.leave()));
  return { bytesPerSecond: bytes / seconds, delaysMs, sentPerSpoken };
};

/** A speaker whose listeners are all on its edge sends nothing to the bus. */
const local = async (system: System, checks: Expectations): Promise<number> => {
  const edge = system.edges[0]!;
  const talkers = new Talkers();
  const speaker = await system.join({ room: 'local', identity: 'speaker', edge });
  const listener = await system.join({
    room: 'local',
    identity: 'listener',
    edge,
    grants: { publish: false },
  });
  const before = await bundled(system);
  talkers.say(speaker, speech(10));
  await forMs(2_000);
  talkers.hush(speaker);
  const heard = await holdsWithin(() => listener.reception.frames.length === speaker.spoken, 5_000);
  talkers.stop();
  const sent = (await bundled(system)) - before;
  checks.expect(heard, 'the local listener missed something');
  checks.expect(sent === 0, `${sent} frames of a room of one edge went to the bus`);
  await Promise.all([speaker.leave(), listener.leave()]);
  return sent;
};

/** Speech as people hear it, from the near region to the far one. */
const speak = async (context: RunContext, system: System, checks: Expectations): Promise<SpeechAcross> => {
  const folder = await mkdtemp(join(tmpdir(), 'partyline-regions-'));
  try {
    const [near, far] = system.cluster.directories as [Place, Place];
    const end = async ({ url }: Place, identity: string): Promise<End> => ({
      url,
      token: await system.token({ room: 'speech', identity }),
    });
    const heard = await speechAcross(await end(near, 'talker'), await end(far, 'listener'), {
      room: 'speech',
      seconds: context.full ? 60 : 20,
      folder,
      // The least that the command offers; where the machine itself may stall for longer, some more.
      bufferMs: context.ci ? 60 : 20,
      checks,
    });
    checks.expect(heard.pesq >= PESQ_FLOOR, `PESQ ${heard.pesq.toFixed(2)} is below ${PESQ_FLOOR}`);
    checks.expect(
      heard.framesReceived === heard.framesSent,
      `of ${heard.framesSent} frames of speech ${heard.framesReceived} arrived`,
    );
    const limitMs = ONE_WAY_MS + MAX_ADDED_MS * context.timingSlack;
    checks.expect(
      heard.mouthToEarMs <= limitMs,
      `from mouth to ear it took ${heard.mouthToEarMs.toFixed(0)} ms, of which the way is ${ONE_WAY_MS}`,
    );
    return heard;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};

const measure = async (context: RunContext, system: System, wan: Wan): Promise<RunOutcome> => {
  const checks = new Expectations();
  const heard = await speak(context, system, checks);
  const localSent = await local(system, checks);
  const far = system.edges.filter((edge) => edge.startsWith('us-'));
  const idle = await idleBytesPerSecond(wan);
  const one = await crossing(system, wan, checks, far.slice(0, 1));
  const four = await crossing(system, wan, checks, far);
  const lossy = await overLossyWire(context, system, wan, checks);
  for (const failure of bookFailures(await closedBooks(system))) checks.expect(false, failure);
  const ratio = four.bytesPerSecond / one.bytesPerSecond;
  const addedMs = {
    p50: percentile(one.delaysMs, 0.5) - ONE_WAY_MS,
    p95: percentile(one.delaysMs, 0.95) - ONE_WAY_MS,
  };
  const limitMs = MAX_ADDED_MS * context.timingSlack;
  checks.expect(addedMs.p95 <= limitMs, `the way added ${addedMs.p95.toFixed(1)} ms at the 95th percentile`);
  checks.expect(
    ratio <= MAX_WAN_RATIO,
    `four far edges took ${ratio.toFixed(2)} × the bytes of one between the regions`,
  );
  for (const [name, { sentPerSpoken }] of [['one', one] as const, ['four', four] as const]) {
    checks.expect(
      sentPerSpoken <= MAX_SENT_PER_SPOKEN,
      `to ${name} far edges each frame was sent ${sentPerSpoken.toFixed(2)} times`,
    );
  }
  context.table([
    ['three speakers to', 'sent per frame', 'bytes/s between regions', 'delay p50 ms', 'delay p95 ms'],
    ['nobody', '', idle.toFixed(0), '', ''],
    ...[['one far edge', one] as const, [`${far.length} far edges`, four] as const].map(
      ([name, { bytesPerSecond, delaysMs, sentPerSpoken }]) => [
        name,
        sentPerSpoken.toFixed(3),
        bytesPerSecond.toFixed(0),
        percentile(delaysMs, 0.5).toFixed(1),
        percentile(delaysMs, 0.95).toFixed(1),
      ],
    ),
  ]);
  if (lossy.length > 0) {
    context.table([
      ['packets lost', '', 'frames spoken', 'not heard', 'late, lost', 'not sent', 'skipped', 'delay p95 ms'],
      ...lossy.map(({ lossShare, packetsLost, spoken, missing, counted, delayP95Ms }) => [
        `${(lossShare * 100).toFixed(1)} %`,
        packetsLost,
        spoken,
        missing,
        counted.lost,
        counted.dropped,
        counted.skipped,
        delayP95Ms.toFixed(0),
      ]),
    ]);
  }
  context.table([
    ['speech', 'frames', 'PESQ', 'mouth to ear ms'],
    ['near to far', heard.framesReceived, heard.pesq.toFixed(2), heard.mouthToEarMs.toFixed(0)],
  ]);
  return {
    ...checks.outcome,
    ...heard,
    addedMs,
    wanRatio: ratio,
    sentPerSpoken: four.sentPerSpoken,
    lossy,
    localSent,
    idleBytesPerSecond: idle,
  };
};

/** Leases, digests and acknowledgements between the regions, without any voice. */
const idleBytesPerSecond = async (wan: Wan): Promise<number> => {
  const before = await wan.traffic();
  const beganAtMs = nowMs();
  await forMs(3_000);
  return ((await wan.traffic()).bytes - before.bytes) / ((nowMs() - beganAtMs) / 1_000);
};

/** Voice between two regions. */
export const run: NamedRun = {
  name: 'regions',
  about:
    'Two regions 80 ms apart: what the way adds, one crossing for four edges, nothing for local rooms, and packets lost.',
  floor: 'at most 60 ms added, 1.2 × the bytes',
  aim: '1.0 × the bytes',
  run: (context) =>
    withTwoRegions({ edges: [1, 4] }, async ({ cluster, wan, means }) => {
      context.say(`the regions are joined by ${means}`);
      await wan.delay(ONE_WAY_MS, JITTER_MS);
      const system = await System.start({ shape: 'cluster', cluster });
      try {
        return { means, ...(await measure(context, system, wan)) };
      } finally {
        await system.stop();
      }
    }),
};
