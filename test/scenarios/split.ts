import { Expectations, type NamedRun, type RunContext, type RunOutcome } from '@partyline/harness';
import type { Caller } from '../support/caller.ts';
import { continuityOf } from '../support/continuity.ts';
import { Gathering } from '../support/gathering.ts';
import { remove } from '../support/moderation.ts';
import { nowMs } from '../support/raw-client.ts';
import { speech } from '../support/synthetic-voice.ts';
import { System } from '../support/system.ts';
import { Talkers } from '../support/talkers.ts';
import { forMs, holdsWithin } from '../support/wait.ts';
import { withTwoRegions } from '../support/wan/two-regions.ts';
import type { Wan } from '../support/wan/wan.ts';

const ROOM = 'split';
const ONE_WAY_MS = 40;
const JITTER_MS = 3;
const SPLIT_MS = 20_000;
const MERGED_MS = 5_000;
/** After the merge: what is a ghost then stays one. */
const SETTLED_MS = 10_000;
/** Where other programs take the processor; what only the end of a grace or of a lease puts right takes longer. */
const MERGED_MS_IN_CI = 8_000;

/** What goes on in one region. */
interface Island {
  region: string;
  edges: readonly [string, string];
  /** Talks all the time, on the first edge. */
  speaker: Caller;
  /** Stays all the time, on the second edge. */
  neighbour: Caller;
}

const joinIn = async (system: System, call: Gathering, edge: string, identity: string): Promise<Caller> => {
  const via = edge.slice(0, 2);
  const caller = await system.call({ room: ROOM, identity, edge, via });
  call.callers.set(identity, caller);
  return caller;
};

const listenIn = async (system: System, call: Gathering, edge: string, identity: string): Promise<void> => {
  const via = edge.slice(0, 2);
  const client = await system.join({ room: ROOM, identity, edge, via, grants: { publish: false } });
  call.raw.set(identity, client);
  call.listening.add(identity);
};

const gather = async (system: System, call: Gathering): Promise<[Island, Island]> => {
  const islands: Island[] = [];
  for (const region of ['eu', 'us']) {
    const [first, second] = system.edges.filter((edge) => edge.startsWith(region)) as [string, string];
    const speaker = await joinIn(system, call, first, `${region}-speaker`);
    const neighbour = await joinIn(system, call, second, `${region}-neighbour`);
    await joinIn(system, call, second, `${region}-leaver`);
    await joinIn(system, call, first, `${region}-troll`);
    await listenIn(system, call, second, `${region}-listener`);
    islands.push({ region, edges: [first, second], speaker, neighbour });
  }
  return islands as [Island, Island];
};

/** What happens on one side while the other cannot be reached. */
const live = async (
  system: System,
  checks: Expectations,
  call: Gathering,
  { region, edges: [first, second] }: Island,
): Promise<void> => {
  const startedAtMs = nowMs();
  const newcomer = await joinIn(system, call, second, `${region}-newcomer`).catch((error: unknown) => {
    checks.expect(false, `nobody can join in ${region} during the split: ${String(error)}`);
    return undefined;
  });
  const joinMs = nowMs() - startedAtMs;
  checks.expect(
    newcomer?.edge === second,
    `the newcomer of ${region} is on ${newcomer?.edge}, not ${second}`,
  );
  checks.expect(joinMs < 5_000, `joining in ${region} took ${joinMs.toFixed(0)} ms during the split`);
  await listenIn(system, call, first, `${region}-new-listener`).catch((error: unknown) =>
    checks.expect(false, `nobody can listen in ${region} during the split: ${String(error)}`),
  );
  const leaver = call.of(`${region}-leaver`);
  call.callers.delete(leaver.identity);
  await leaver.leave();
  const listener = `${region}-listener`;
  await call.raw.get(listener)!.leave();
  call.raw.delete(listener);
  call.listening.delete(listener);
};

interface Removed {
  /** On the side of the moderator. */
  near: string;
  /** On the other side, where the moderator's word comes after the split. */
  far: string;
}

/** A moderator in `eu` removes somebody on each side. */
const removeTrolls = async (system: System, checks: Expectations, call: Gathering): Promise<Removed> => {
  const removed = { near: 'eu-troll', far: 'us-troll' };
  const moderator = system.adminOf('eu');
  for (const identity of [removed.near, removed.far]) {
    const { status, body } = await remove(moderator, ROOM, identity);
    checks.expect(
      status === 202,
      `removing ${identity} during the split is answered by ${status} ${JSON.stringify(body)}, not 202`,
    );
  }
  const near = call.of(removed.near);
  const gone = await holdsWithin(() => near.room.state.phase === 'closed', 3_000);
  checks.expect(gone, 'somebody removed on the own side during the split stays');
  call.callers.delete(removed.near);
  return removed;
};

/** Frames of a stream that came to a listener since a moment. */
const since = (listener: Caller, speaker: Caller, atMs: number) =>
  listener.of(speaker.streamId).filter(({ arrivedAtMs }) => arrivedAtMs > atMs);

const hearsNow = (listener: Caller, speaker: Caller, atMs: number): boolean =>
  listener === speaker || since(listener, speaker, atMs).length >= 5;

/** Identities of who was said to have left to those of a region, but for these. */
const departures = (
  call: Gathering,
  names: ReadonlyMap<number, string>,
  region: string,
  but: readonly string[],
): string[] =>
  call.everybody
    .filter(({ identity }) => identity.startsWith(region))
    .flatMap((caller) =>
      caller.departures
        .map((streamId) => names.get(streamId) ?? `${streamId}`)
        .filter((identity) => !but.includes(identity))
        .map((identity) => `${caller.identity}: ${identity}`),
    );

const closeReason = (caller: Caller): string | undefined => {
  const { state } = caller.room;
  return state.phase === 'closed' ? (state.reason?.code ?? 'left') : undefined;
};

const whole = async (context: RunContext, system: System, wan: Wan): Promise<RunOutcome> => {
  const checks = new Expectations();
  const call = new Gathering(ROOM);
  const talkers = new Talkers();
  const islands = await gather(system, call);
  const speakers = islands.map(({ speaker }) => speaker);
  const names = new Map(call.everybody.map(({ streamId, identity }) => [streamId, identity]));
  for (const speaker of speakers) talkers.say(speaker, speech(60));
  const flows = await holdsWithin(
    () =>
      call.shownFaults().length === 0 &&
      call.everybody.every((listener) => speakers.every((speaker) => hearsNow(listener, speaker, 0))),
    10_000,
  );
  checks.expect(flows, `the call did not get under way: ${call.shownFaults().join('; ')}`);
  await forMs(2_000);

  await wan.cut();
  const cutAtMs = nowMs();
  await forMs(1_000);
  const removed = await removeTrolls(system, checks, call);
  await Promise.all(islands.map((island) => live(system, checks, call, island)));
  for (const caller of call.everybody) names.set(caller.streamId, caller.identity);
  const removals = { near: call.of(removed.far) };
  await forMs(Math.max(0, cutAtMs + SPLIT_MS - nowMs()));
  for (const { region, speaker, neighbour } of islands) {
    const { frames, missing, longestGapMs } = continuityOf(since(neighbour, speaker, cutAtMs));
    checks.expect(
      frames > SPLIT_MS / 20 - 50,
      `${region}: only ${frames} frames were heard during the split`,
    );
    checks.expect(missing === 0, `${region}: ${missing} frames between its edges were lost during the split`);
    context.say(`${region} by itself: ${frames} frames, longest gap ${longestGapMs.toFixed(0)} ms`);
    const own = [`${region}-leaver`, removed.near];
    const wrong = departures(call, names, region, own);
    checks.expect(wrong.length === 0, `somebody was said to have left during the split: ${wrong.join('; ')}`);
    const newcomer = call.callers.get(`${region}-newcomer`);
    checks.expect(
      newcomer !== undefined && hearsNow(newcomer, speaker, nowMs() - 1_000),
      `the newcomer of ${region} does not hear its speaker`,
    );
  }

  await wan.heal();
  const healedAtMs = nowMs();
  call.callers.delete(removed.far);
  const limitMs = context.ci ? MERGED_MS_IN_CI : MERGED_MS;
  const step = async (holds: () => boolean | Promise<boolean>): Promise<number> =>
    (await holdsWithin(holds, 30_000)) ? nowMs() - healedAtMs : Number.POSITIVE_INFINITY;
  const [voiceMs, newcomersMs, listsMs, removedMs] = await Promise.all([
    step(() =>
      call.everybody.every((listener) =>
        speakers.every((speaker) => hearsNow(listener, speaker, healedAtMs)),
      ),
    ),
    step(() =>
      call.everybody.every(({ room }) =>
        islands.every(({ region }) =>
          room.participants.some(({ identity }) => identity === `${region}-newcomer`),
        ),
      ),
    ),
    step(() => call.shownFaults().length === 0),
    step(() => closeReason(removals.near) !== undefined),
  ]);
  const merged: [string, number][] = [
    ['voice crosses both ways', voiceMs],
    ['newcomers are known on both sides', newcomersMs],
    ['everybody is shown who is there', listsMs],
    ['who was removed from the other side is gone', removedMs],
  ];
  for (const [what, ms] of merged) {
    checks.expect(ms <= limitMs, `${what} only ${(ms / 1_000).toFixed(1)} s after the split`);
  }
  if (!Number.isFinite(listsMs)) for (const fault of call.shownFaults()) checks.expect(false, fault);
  checks.expect(
    closeReason(removals.near) === 'removed',
    `who was removed from the other side ended with ${closeReason(removals.near)}`,
  );

  await forMs(Math.max(0, healedAtMs + SETTLED_MS - nowMs()));
  for (const fault of call.shownFaults())
    checks.expect(false, `${fault}, ${SETTLED_MS / 1_000} s after the split`);
  for (const { region } of islands) {
    for (const fault of await call.listedFaults(system.adminOf(region))) checks.expect(false, fault);
    for (const identity of Object.values(removed)) {
      const token = await system.token({ room: ROOM, identity });
      const { status } = await system.adminOf(region).as(token).request('POST', `/v1/rooms/${ROOM}/join`, {});
      checks.expect(status === 403, `${identity}, removed during the split, joins by ${region}: ${status}`);
    }
  }
  for (const { region, edges } of islands) {
    const gone = ['eu-leaver', 'us-leaver', removed.near, removed.far];
    const wrong = departures(call, names, region, gone);
    checks.expect(wrong.length === 0, `somebody was said to have left after the split: ${wrong.join('; ')}`);
    const interrupted = call.everybody.filter(
      ({ identity, interruptions }) => identity.startsWith(region) && interruptions > 0,
    );
    checks.expect(
      interrupted.length === 0,
      `${interrupted.map(({ identity }) => identity).join(', ')} on ${edges.join(', ')} had to reconnect`,
    );
  }
  const errors = errorLines(system);
  checks.expect(errors.length === 0, `error lines in the logs: ${errors.slice(0, 5).join(' | ')}`);
  talkers.stop();
  context.table([['after the split', 's'], ...merged.map(([what, ms]) => [what, (ms / 1_000).toFixed(1)])]);
  await Promise.all([...call.everybody, ...call.raw.values()].map((client) => client.leave()));
  return { ...checks.outcome, voiceMs, newcomersMs, listsMs, removedMs };
};

const errorLines = (system: System): string[] =>
  system.cluster.members.flatMap(({ name, lines }) =>
    lines.filter((line) => /\bERROR\b|"level":(50|60)/.test(line)).map((line) => `${name}: ${line}`),
  );

/** The line between two regions cut in the middle of a call, and joined again. */
export const run: NamedRun = {
  name: 'split',
  about:
    'Two regions cut apart for 20 s: both talk on by themselves, merge within 5 s, and no ghosts remain.',
  floor: 'merged within 5 s, no frame lost within a region',
  aim: 'merged within 3 s',
  run: (context) =>
    withTwoRegions({ edges: [2, 2] }, async ({ cluster, wan, means }) => {
      context.say(`the regions are joined by ${means}`);
      await wan.delay(ONE_WAY_MS, JITTER_MS);
      const system = await System.start({ shape: 'cluster', cluster });
      try {
        return { means, ...(await whole(context, system, wan)) };
      } finally {
        await system.stop();
      }
    }),
};
