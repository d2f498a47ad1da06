import { Expectations, type NamedRun, type RunContext, type RunOutcome } from '@partyline/harness';
import type { Caller } from '../support/caller.ts';
import { continuityOf } from '../support/continuity.ts';
import { nowMs } from '../support/raw-client.ts';
import { speech } from '../support/synthetic-voice.ts';
import { type System, withSystem } from '../support/system.ts';
import { Talkers } from '../support/talkers.ts';
import { forMs, holdsWithin } from '../support/wait.ts';

const ROOM = 'call';
/** On every edge. */
const PEOPLE = 2;
const HEARD_AGAIN_MS = 2_000;
const TIMING_SLACK_IN_CI = 3;

/** How an edge may end without a word. */
const WAYS = ['killed', 'vanished'] as const;
type Way = (typeof WAYS)[number];

interface Call {
  everybody: Caller[];
  onEdge: Map<string, Caller[]>;
}

const gather = async (system: System, room: string): Promise<Call> => {
  const onEdge = new Map<string, Caller[]>();
  for (const edge of system.edges) {
    const people: Caller[] = [];
    for (let i = 0; i < PEOPLE; i++) {
      people.push(await system.call({ room, identity: `${edge}-${i}`, edge }));
    }
    onEdge.set(edge, people);
  }
  return { everybody: [...onEdge.values()].flat(), onEdge };
};

/** Ends one edge and measures when its speaker is heard again by those on the other edges. */
const lose = async (
  context: RunContext,
  system: System,
  checks: Expectations,
  way: Way,
): Promise<{ heardAgainMs: number; othersGapMs: number }> => {
  const talkers = new Talkers();
  const { everybody, onEdge } = await gather(system, `${ROOM}-${way}`);
  const victim = system.cluster.edges[way === 'killed' ? 0 : 1]!;
  const lost = onEdge.get(victim.id)!;
  const rest = everybody.filter((client) => !lost.includes(client));
  const [speaker] = lost as [Caller, ...Caller[]];
  const [other] = rest as [Caller, ...Caller[]];
  for (const client of [speaker, other]) talkers.say(client, speech(60));
  const flowing = await holdsWithin(
    () => rest.every((client) => client === other || client.of(other.streamId).length > 50),
    10_000,
  );
  checks.expect(flowing, `${way}: the call did not get under way`);
  await forMs(1_000);

  const departuresBefore = rest.map((client) => client.departures.length);
  const lostAtMs = nowMs();
  if (way === 'killed') await victim.member.kill();
  else victim.member.signal('SIGSTOP');
  const heardSince = (listener: Caller, from: Caller): number | undefined =>
    listener.of(from.streamId).find(({ arrivedAtMs }) => arrivedAtMs > lostAtMs + 100)?.arrivedAtMs;
  const listeners = rest.filter((client) => client !== other);
  const again = await holdsWithin(
    () =>
      listeners.every((listener) => heardSince(listener, speaker) !== undefined) &&
      lost.every((listener) => heardSince(listener, other) !== undefined),
    15_000,
  );
  checks.expect(again, `${way}: the people of the lost edge were not heard again`);
  const heardAgainMs =
    Math.max(
      ...listeners.map((listener) => heardSince(listener, speaker) ?? Number.POSITIVE_INFINITY),
      ...lost.map((listener) => heardSince(listener, other) ?? Number.POSITIVE_INFINITY),
    ) - lostAtMs;
  await forMs(1_500);
  talkers.hush(speaker, other);
  await forMs(300);
  talkers.stop();

  // A vanished edge is found out by its silence, which takes 1.5 s more.
  const limitMs = (HEARD_AGAIN_MS + (way === 'vanished' ? 1_500 : 0)) * (context.ci ? TIMING_SLACK_IN_CI : 1);
  checks.expect(heardAgainMs <= limitMs, `${way}: heard again only after ${heardAgainMs.toFixed(0)} ms`);
  const untouched = listeners.map((listener) => continuityOf(listener.of(other.streamId)));
  const missing = untouched.reduce((sum, one) => sum + one.missing, 0);
  checks.expect(missing === 0, `${way}: ${missing} frames between people of other edges were lost`);
  const departed = rest.reduce((sum, client, i) => sum + client.departures.length - departuresBefore[i]!, 0);
  checks.expect(departed === 0, `${way}: ${departed} times somebody was said to have left`);
  const othersGapMs = Math.max(...untouched.map(({ longestGapMs }) => longestGapMs));
  if (way === 'vanished') {
    victim.member.signal('SIGCONT');
    await victim.member.kill();
  }
  await victim.member.start();
  await Promise.all(everybody.map((client) => client.leave()));
  return { heardAgainMs, othersGapMs };
};

const inCall = async (context: RunContext, system: System): Promise<RunOutcome> => {
  const checks = new Expectations();
  const figures: Record<string, { heardAgainMs: number; othersGapMs: number }> = {};
  for (const way of WAYS) figures[way] = await lose(context, system, checks, way);
  context.table([
    ['edge', 'heard again after ms', "others' longest gap ms"],
    ...WAYS.map((way) => [way, figures[way]!.heardAgainMs.toFixed(0), figures[way]!.othersGapMs.toFixed(0)]),
  ]);
  return { ...checks.outcome, ...figures };
};

/** An edge that ends without a word during a call. */
export const run: NamedRun = {
  name: 'edge-killed',
  about: 'kill -9 of an edge, and one that just goes silent: its people are heard again, others untouched.',
  floor: 'heard again within 2 s of kill -9',
  aim: 'within 1 s',
  run: (context) => withSystem({ shape: 'cluster' }, (system) => inCall(context, system)),
};
