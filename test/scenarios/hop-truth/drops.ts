import type { Expectations } from '@partyline/harness';
import type { System } from '../../support/system.ts';
import { forMs } from '../../support/wait.ts';
import type { Call } from './call.ts';
import { lostBetween, read } from './readings.ts';
import type { Step } from './steps.ts';

const DROP_EVERY = 33;
const DROPPING_MS = 7_000;
/** What comes after the last lost frame shows it. */
const SHOWING_MS = 700;
/** A receiver report is 2 s apart from the next, and a bundle counts as lost 1 s after its successor came. */
const COUNTING_MS = 2_600;

const STOOD_STILL_MS = 200;
const TRIES = 2;

/** One hop that lost frames: what its injector counted, and what the edges did. */
export interface Drop {
  hop: string;
  /** By `edge hop reason`. */
  injected: Map<string, number>;
  counted: Map<string, number>;
  /** The longest that this process stood still meanwhile, ms. */
  stoodStillMs: number;
}

const difference = (after: Map<string, number>, before: Map<string, number>): Map<string, number> =>
  new Map([...after].map(([key, value]) => [key, value - (before.get(key) ?? 0)]));

const drop = async (system: System, call: Call, step: Step): Promise<Drop> => {
  call.voice.speak();
  call.voice.latestMs = 0;
  const [before, injectedBefore] = [await read(system), await step.lost!(call)];
  await step.wish(call, { dropEvery: DROP_EVERY });
  await forMs(DROPPING_MS);
  await step.wish(call, { dropEvery: 0 });
  await forMs(SHOWING_MS);
  call.voice.hush();
  await forMs(COUNTING_MS);
  const injected = difference(await step.lost!(call), injectedBefore);
  const counted = lostBetween(before, await read(system));
  return { hop: step.hop, injected, counted, stoodStillMs: call.voice.latestMs };
};

const isExact = ({ injected, counted }: Drop): boolean =>
  counted.size === injected.size && [...injected].every(([key, frames]) => counted.get(key) === frames);

/** Loses every 33rd frame of one hop after the other, and looks where the edges count them. */
export const drops = async (
  checks: Expectations,
  system: System,
  call: Call,
  steps: readonly Step[],
): Promise<Drop[]> => {
  const all: Drop[] = [];
  for (const step of steps) {
    let one = await drop(system, call, step);
    // A machine that stands still for long makes listeners slow and frames late, which is true and not asked here.
    for (let again = 0; again < TRIES && !isExact(one) && one.stoodStillMs > STOOD_STILL_MS; again++) {
      one = await drop(system, call, step);
    }
    all.push(one);
    for (const [key, frames] of one.injected) {
      const counted = one.counted.get(key) ?? 0;
      checks.expect(frames > 0, `nothing was lost on ${step.hop}`);
      checks.expect(counted === frames, `of ${frames} frames lost on ${step.hop}, ${key} counted ${counted}`);
    }
    for (const [key, frames] of one.counted) {
      checks.expect(
        one.injected.has(key),
        `frames lost on ${step.hop} were counted ${frames} times as ${key}`,
      );
    }
  }
  return all;
};
