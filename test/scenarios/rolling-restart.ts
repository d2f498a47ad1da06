/**
 * A heard gap is what is missing of a voice behind the page's play-out buffer: by how many ms a frame came later than the buffer
 * waits for it, or 20 ms for each of the frames one after the other that never came. The buffer aims at 50 ms and goes by the
 * least delay of the last two seconds, so a frame that is late by 110 ms leaves a gap of 60. The time between two arrivals is
 * printed beside it; it may be longer where frames came early before it.
 */
import { Expectations, type NamedRun, type RunContext, type RunOutcome } from '@partyline/harness';
import type { Caller } from '../support/caller.ts';
import { continuityOf } from '../support/continuity.ts';
import { lastFrameFaults, pairsOf } from '../support/last-frame.ts';
import { nowMs } from '../support/raw-client.ts';
import { speech } from '../support/synthetic-voice.ts';
import { type System, withSystem } from '../support/system.ts';
import { Talkers } from '../support/talkers.ts';
import { forMs, holdsWithin } from '../support/wait.ts';

const ROOM = 'call';
const PARTICIPANTS = 20;
const SPEAKERS = 3;
const DRAIN_SECONDS = 3;
/** What an edge may take to move everybody, end, start and be placed on again. */
const RESTART_MS = 30_000;
const MAX_GAP_MS = 60;

const inCall = async (context: RunContext, system: System): Promise<RunOutcome> => {
  const checks = new Expectations();
  const talkers = new Talkers();
  const everybody: Caller[] = [];
  for (let i = 0; i < PARTICIPANTS; i++) {
    everybody.push(await system.call({ room: ROOM, identity: `person-${i}` }));
  }
  const known = await holdsWithin(
    () => everybody.every((client) => client.room.participants.length === PARTICIPANTS),
    5_000,
  );
  checks.expect(known, 'not everybody was told of everybody before the restarts');
  const speakers = everybody.slice(0, SPEAKERS);
  for (const speaker of speakers) talkers.say(speaker, speech(60));
  const heard = await holdsWithin(
    () =>
      everybody.every((client) =>
        speakers.every((speaker) => speaker === client || client.of(speaker.streamId).length > 25),
      ),
    10_000,
  );
  checks.expect(heard, 'not everybody heard all speakers before the restarts');

  const leftBefore = everybody.map((client) => client.departures.length);
  const beganAtMs = nowMs();
  for (const { id, member } of system.cluster.edges) {
    const startedAtMs = nowMs();
    member.signal('SIGTERM');
    const ended = await holdsWithin(() => !member.running, RESTART_MS);
    checks.expect(ended, `${id} did not end within ${RESTART_MS} ms of SIGTERM`);
    if (!ended) await member.kill();
    await member.start();
    const lists = async (): Promise<boolean> => {
      const { body } = await system.admin.request('GET', '/v1/edges');
      const { edges } = body as { edges: { edge: string; draining: boolean }[] };
      return edges.some(({ edge, draining }) => edge === id && !draining);
    };
    checks.expect(await holdsWithin(lists, 10_000, 100), `${id} did not come back`);
    context.say(`${id} was restarted in ${((nowMs() - startedAtMs) / 1_000).toFixed(1)} s`);
    await forMs(1_000);
  }
  talkers.hush(...speakers);
  const spoken = speakers.map((speaker) => speaker.spoken);
  for (const fault of await lastFrameFaults(pairsOf(everybody, speakers))) checks.expect(false, fault);
  talkers.stop();

  const rows = everybody.flatMap((listener, index) =>
    speakers.flatMap((speaker) => {
      if (speaker === listener) return [];
      return [{ listener: index, ...continuityOf(listener.of(speaker.streamId)) }];
    }),
  );
  const missing = rows.reduce((sum, row) => sum + row.missing, 0);
  const worst = rows.reduce((a, b) => (b.heardGapMs > a.heardGapMs ? b : a));
  const arrivalGapMs = Math.max(...rows.map(({ longestGapMs }) => longestGapMs));
  const duplicates = everybody.reduce(
    (sum, client) => sum + client.room.getStats().downlink.duplicateFrames,
    0,
  );
  const frames = rows.reduce((sum, row) => sum + row.frames, 0);
  const left = everybody.reduce((sum, client, i) => sum + client.departures.length - leftBefore[i]!, 0);
  const moves = everybody.reduce((sum, client) => sum + client.room.getStats().moves, 0);
  const maxGapMs = MAX_GAP_MS * context.timingSlack;
  checks.expect(missing === 0, `${missing} frames were lost`);
  checks.expect(
    worst.heardGapMs <= maxGapMs,
    `person-${worst.listener} heard a gap of ${worst.heardGapMs.toFixed(0)} ms`,
  );
  checks.expect(left === 0, `${left} times somebody was said to have left`);
  checks.expect(moves >= PARTICIPANTS, `only ${moves} moves in four restarts`);
  checks.expect(
    everybody.every((client) => client.interruptions === 0 && client.edge !== undefined),
    'somebody had to reconnect',
  );
  context.table([
    [
      'participants',
      'moves',
      'frames heard',
      'lost',
      'heard twice',
      'heard gap ms',
      'arrival gap ms',
      'machine late by ms',
    ],
    [
      PARTICIPANTS,
      moves,
      frames,
      missing,
      duplicates,
      worst.heardGapMs.toFixed(0),
      arrivalGapMs.toFixed(0),
      talkers.longestTickMs.toFixed(0),
    ],
  ]);
  await Promise.all(everybody.map((client) => client.leave()));
  return {
    ...checks.outcome,
    seconds: (nowMs() - beganAtMs) / 1_000,
    spoken,
    moves,
    frames,
    missing,
    duplicates,
    heardGapMs: worst.heardGapMs,
    arrivalGapMs,
    longestTickMs: talkers.longestTickMs,
  };
};

/** Every edge of a cluster restarted during a call. */
export const run: NamedRun = {
  name: 'rolling-restart',
  about: 'All four edges restarted one by one in a call of 20: no gap over 60 ms, nobody seen to leave.',
  floor: 'no gap over 60 ms',
  aim: '0 frames lost',
  run: (context) =>
    withSystem({ shape: 'cluster', env: { PARTYLINE_EDGE_DRAIN_WINDOW: String(DRAIN_SECONDS) } }, (system) =>
      inCall(context, system),
    ),
};
