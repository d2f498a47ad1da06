import { Expectations, type NamedRun, type RunContext, type RunOutcome } from '@partyline/harness';
import type { Caller } from '../support/caller.ts';
import { continuityOf } from '../support/continuity.ts';
import { lastFrameFaults, pairsOf } from '../support/last-frame.ts';
import { nowMs } from '../support/raw-client.ts';
import { speech } from '../support/synthetic-voice.ts';
import { System } from '../support/system.ts';
import { Talkers } from '../support/talkers.ts';
import { forMs, holdsWithin } from '../support/wait.ts';
import { type EdgeApart, withEdgeApart } from '../support/wan/edge-apart.ts';
import { EdgeList } from './edge-killed/edge-list.ts';

const ROOM = 'call';
/** On every edge. */
const PEOPLE = 2;
const HEARD_AGAIN_MS = 2_000;
/** Silence alone tells that an edge is gone that has closed nothing; this is how long it takes. */
const SILENCE_MS = 1_500;
const MAX_OTHERS_GAP_MS = 60;
/** An edge's lease lasts 5 s from its last renewal, and is looked at once a second. Nothing that is slow shortens or extends it. */
const UNLISTED_MS = 8_000;
const LISTED_AGAIN_MS = 15_000;

/** How an edge may end without a word. */
const WAYS = ['killed', 'frozen', 'vanished'] as const;
type Way = (typeof WAYS)[number];
/** The one that vanishes is apart from the others all the time. */
const VICTIMS: Readonly<Record<Way, string>> = {
  killed: 'eu-edge-1',
  frozen: 'eu-edge-2',
  vanished: 'us-edge-1',
};

interface Figures {
  heardAgainMs: number;
  /** The longest time without a frame between people of other edges. */
  othersGapMs: number;
  /** Until directories list the edge no more; undefined where it was started again before. */
  unlistedMs?: number;
}

interface Services {
  context: RunContext;
  system: System;
  checks: Expectations;
  apart: EdgeApart;
}

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

const end = async ({ system, apart }: Services, way: Way): Promise<void> => {
  const { member } = system.cluster.edge(VICTIMS[way]);
  if (way === 'killed') await member.kill();
  else if (way === 'frozen') member.signal('SIGSTOP');
  else await apart.line.cut();
};

/** As an operator would: one that only was out of reach is left alone, and must not bring anybody's former self with it. */
const mend = async ({ system, apart, checks }: Services, way: Way, call: Call): Promise<void> => {
  const { id, member } = system.cluster.edge(VICTIMS[way]);
  if (way !== 'vanished') {
    if (way === 'frozen') {
      member.signal('SIGCONT');
      await member.kill();
    }
    await member.start();
    return;
  }
  await apart.line.heal();
  const listed = await holdsWithin(
    async () => (await new EdgeList(system).has(id)) === true,
    LISTED_AGAIN_MS,
    100,
  );
  checks.expect(listed, `${way}: directories do not list the edge again that is back`);
  await forMs(1_000);
  const there = call.everybody.map(({ streamId }) => streamId).sort();
  for (const { identity, room } of call.everybody) {
    const shown = room.participants.filter(({ reconnecting }) => !reconnecting);
    const isRight =
      room.participants.length === there.length &&
      shown
        .map(({ streamId }) => streamId)
        .sort()
        .join() === there.join();
    checks.expect(
      isRight,
      `${way}: after the return ${identity} is shown ${shown.length} people who are there`,
    );
  }
};

/** Ends one edge and measures when its speaker is heard again by those on the other edges. */
const lose = async (services: Services, way: Way): Promise<Figures> => {
  const { context, system, checks } = services;
  const talkers = new Talkers();
  const call = await gather(system, `${ROOM}-${way}`);
  const { everybody, onEdge } = call;
  const victim = VICTIMS[way];
  const lost = onEdge.get(victim)!;
  const rest = everybody.filter((client) => !lost.includes(client));
  const [speaker] = lost as [Caller, ...Caller[]];
  const [other] = rest as [Caller, ...Caller[]];
  for (const client of [speaker, other]) talkers.say(client, speech(60));
  const flowing = await holdsWithin(
    () =>
      pairsOf(everybody, [speaker, other]).every(
        ({ listener, speaker: { streamId } }) => listener.of(streamId).length > 50,
      ),
    10_000,
  );
  checks.expect(flowing, `${way}: the call did not get under way`);
  await forMs(1_000);

  const departuresBefore = rest.map((client) => client.departures.length);
  const lostAtMs = nowMs();
  await end(services, way);
  const unlisted = way === 'vanished' ? new EdgeList(system).untilWithout(victim) : undefined;
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
  const unlistedAtMs = await unlisted;
  await forMs(1_500);
  talkers.hush(speaker, other);
  for (const fault of await lastFrameFaults(pairsOf(everybody, [speaker, other]))) {
    checks.expect(false, `${way}: ${fault}`);
  }
  talkers.stop();

  const slack = context.timingSlack;
  const limitMs = (HEARD_AGAIN_MS + (way === 'killed' ? 0 : SILENCE_MS)) * slack;
  checks.expect(heardAgainMs <= limitMs, `${way}: heard again only after ${heardAgainMs.toFixed(0)} ms`);
  const untouched = listeners.map((listener) => continuityOf(listener.of(other.streamId)));
  const missing = untouched.reduce((sum, one) => sum + one.missing, 0);
  checks.expect(missing === 0, `${way}: ${missing} frames between people of other edges were lost`);
  const othersGapMs = Math.max(...untouched.map(({ longestGapMs }) => longestGapMs));
  checks.expect(
    othersGapMs <= MAX_OTHERS_GAP_MS * slack,
    `${way}: people of other edges heard nothing of each other for ${othersGapMs.toFixed(0)} ms`,
  );
  const figures: Figures = { heardAgainMs, othersGapMs };
  if (unlisted !== undefined) {
    figures.unlistedMs = (unlistedAtMs ?? Number.POSITIVE_INFINITY) - lostAtMs;
    checks.expect(
      figures.unlistedMs <= UNLISTED_MS,
      `${way}: directories list the edge ${(figures.unlistedMs / 1_000).toFixed(1)} s after it was gone`,
    );
  }
  await mend(services, way, call);
  const departed = rest.reduce((sum, client, i) => sum + client.departures.length - departuresBefore[i]!, 0);
  checks.expect(departed === 0, `${way}: ${departed} times somebody was said to have left`);
  await Promise.all(everybody.map((client) => client.leave()));
  return figures;
};

const inCall = async (services: Services): Promise<RunOutcome> => {
  const { context, checks } = services;
  const figures: Partial<Record<Way, Figures>> = {};
  for (const way of WAYS) figures[way] = await lose(services, way);
  context.table([
    ['edge', 'heard again after ms', "others' longest gap ms", 'not listed after ms'],
    ...Object.entries(figures).map(([way, { heardAgainMs, othersGapMs, unlistedMs }]) => [
      way,
      heardAgainMs.toFixed(0),
      othersGapMs.toFixed(0),
      unlistedMs?.toFixed(0) ?? '',
    ]),
  ]);
  return { ...checks.outcome, ...figures };
};

/** An edge that ends without a word during a call. */
export const run: NamedRun = {
  name: 'edge-killed',
  about:
    'kill -9 of an edge, one that stands still, one whose packets vanish: its people are heard again, others untouched (--means proxies).',
  floor: 'heard again within 2 s of kill -9, within 3.5 s where only silence tells',
  aim: 'within 1 s, and 2 s',
  run: (context) => {
    const means = context.options.get('means') === 'proxies' ? 'proxies' : undefined;
    return withEdgeApart({ edge: VICTIMS.vanished, means }, async (apart) => {
      context.say(`the edge that vanishes is reached by ${apart.means}`);
      const system = await System.start({ shape: 'cluster', cluster: apart.cluster });
      try {
        await apart.prepare(system);
        const services = { context, system, checks: new Expectations(), apart };
        return { means: apart.means, ...(await inCall(services)) };
      } finally {
        await system.stop();
      }
    });
  },
};
