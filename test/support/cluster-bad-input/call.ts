import type { Caller } from '../caller.ts';
import { missingSequences } from '../continuity.ts';
import { lastFrameFaults, type Pair, pairsOf } from '../last-frame.ts';
import type { MetricsPage } from '../metrics-page.ts';
import { speech } from '../synthetic-voice.ts';
import type { System } from '../system.ts';
import { Talkers } from '../talkers.ts';
import { forMs, holdsWithin } from '../wait.ts';
import type { Note } from './case.ts';

/** Does something during a call and returns what was wrong with that. */
type Act = () => Promise<string | undefined>;

/**
 * A listener that acknowledges nothing for 500 ms is paused and skips what comes until it has (protocol rule 42): so what
 * was spoken this long before this process stood still, and this long after it, may miss for no fault of the cluster's; and no
 * more of it than edges have counted as skipped for that reason.
 */
const BEFORE_PAUSE_MS = 600;
const AFTER_PAUSE_MS = 1_000;

/** A call of people with the SDK, some of whom speak all the time. */
export interface WatchedCall {
  people: readonly Caller[];
  speakers: readonly Caller[];
}

/**
 * Lets somebody talk while something happens.
 * @returns what happened to the call, unless nothing was lost and nobody noticed anything
 */
export const duringCall = async (
  system: System,
  { people, speakers }: WatchedCall,
  note: Note,
  act: Act,
): Promise<string | undefined> => {
  const talkers = new Talkers();
  try {
    for (const speaker of speakers) talkers.say(speaker, speech(60));
    const pairs = pairsOf(people, speakers);
    const flows = await holdsWithin(
      () => pairs.every(({ listener, speaker }) => listener.of(speaker.streamId).length > 25),
      15_000,
    );
    if (!flows) return 'the call did not get under way';
    const before = await system.metrics();
    const trouble = await act();
    if (trouble !== undefined) return trouble;
    // What is heard last was spoken after everything.
    await forMs(500);
    talkers.hush(...speakers);
    const [deaf] = await lastFrameFaults(pairs, 5_000);
    if (deaf !== undefined) return deaf;
    const isExcused = (atMs: number): boolean =>
      talkers.pauses.some(
        ({ fromMs, toMs }) => atMs > fromMs - BEFORE_PAUSE_MS && atMs < toMs + AFTER_PAUSE_MS,
      );
    const after = await system.metrics();
    const skipped = skippedBy(after) - skippedBy(before);
    const missing = pairs.flatMap(missingOf);
    const excusable = missing.filter(({ atMs }) => isExcused(atMs)).length;
    const excused = Math.min(excusable, skipped);
    const lost = [
      ...missing.filter(({ atMs }) => !isExcused(atMs)),
      ...missing.filter(({ atMs }) => isExcused(atMs)).slice(excused),
    ];
    const longest = `the longest pause of the test itself was ${talkers.longestTickMs.toFixed(0)} ms`;
    if (excused > 0) note(`${excused} frames not counted, as ${longest} and edges skipped ${skipped}`);
    if (lost.length > 0) {
      const where = [...new Set(lost.map(({ pair }) => pair))];
      const counts = lossesSince(before, after);
      return `${lost.length} frames of the call were lost, by ${where.slice(0, 3).join(', ')} and ${Math.max(0, where.length - 3)} more (${counts}); ${longest}`;
    }
    const troubled = people.filter((person) => person.interruptions > 0 || person.departures.length > 0);
    return troubled.length === 0 ? undefined : `${troubled.map((one) => one.identity)} noticed`;
  } finally {
    talkers.stop();
  }
};

/** A call with somebody on every edge of whom the first and the last speak, during which something happens. */
export const besideCall = async (
  system: System,
  room: string,
  note: Note,
  act: Act,
): Promise<string | undefined> => {
  const people: Caller[] = [];
  try {
    for (const edge of system.edges) people.push(await system.call({ room, identity: `on-${edge}`, edge }));
    return await duringCall(system, { people, speakers: [people[0]!, people.at(-1)!] }, note, act);
  } finally {
    await Promise.all(people.map((person) => person.leave()));
  }
};

/** Frames × listeners that edges have skipped for listeners who acknowledged nothing. */
const skippedBy = (page: MetricsPage): number =>
  page.required('partyline_frames_lost_total', { hop: 'downlink', reason: 'paused' });

/** What somebody has not heard of a speaker, and when it was spoken. */
const missingOf = ({ listener, speaker }: Pair): { pair: string; atMs: number }[] => {
  const frames = listener.of(speaker.streamId);
  const [first] = frames;
  if (first === undefined) return [];
  const firstNumber = speaker.numberOf(first);
  return missingSequences(frames).map((sequence) => ({
    pair: `${listener.identity} of ${speaker.identity}`,
    atMs: speaker.spokenAtMs[firstNumber + ((sequence - first.sequence) & 0xffff)] ?? 0,
  }));
};

/** What edges count as lost, by hop and reason. */
const lossesSince = (before: MetricsPage, now: MetricsPage): string => {
  const named = now
    .select('partyline_frames_lost_total')
    .filter(({ labels }) => labels.source !== 'client')
    .map(({ labels: { hop = '', reason = '' } }) => `${hop} ${reason}`);
  const grown = [...new Set(named)].flatMap((name) => {
    const [hop, reason] = name.split(' ') as [string, string];
    const of = (page: MetricsPage): number => page.sum('partyline_frames_lost_total', { hop, reason });
    const more = of(now) - of(before);
    return more > 0 ? [`${name} ${more}`] : [];
  });
  return grown.length > 0 ? `edges count ${grown.join(', ')}` : 'edges count none';
};
