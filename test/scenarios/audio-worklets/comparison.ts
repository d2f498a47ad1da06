import { Chain, type ChainEvent } from '@partyline/audio';
import { denoiseStages } from '@partyline/audio/denoise';
import type { Expectations } from '@partyline/harness';
import type { AudioPage, Rendered } from './audio-page.ts';
import { type ChainCase, DIALLED } from './cases.ts';

/** Sound is in single precision; beside that both do the same arithmetic. */
const MOST_APART = 1e-6;
/** Pieces of another size than the browser's 128: it must not matter. */
const PIECE_SAMPLES = 1_000;
/** An audio thread works in whole quanta, so it may have told of one piece of 20 ms more or less at 16 kHz. */
const FRAME_SAMPLES = 320;

/** A row of a table: chain, rate, how far apart at most, events, times real time. */
export type ComparedRow = [string, number, string, number, number];

const renderHere = (
  { stages }: ChainCase,
  sampleRate: number,
  input: Float32Array,
): Omit<Rendered, 'timesRealTime'> => {
  const events: ChainEvent[] = [];
  const frames: number[] = [];
  const chain = new Chain(stages, {
    sampleRate,
    makers: denoiseStages,
    onEvent: (event) => {
      if (event.stage === 'frames') frames.push(...event.pcm);
      else events.push(event);
    },
  });
  const pcm = input.slice();
  for (let at = 0; at < pcm.length; at += PIECE_SAMPLES) chain.process(pcm.subarray(at, at + PIECE_SAMPLES));
  chain.close();
  return { pcm, events, frames: Float32Array.from(frames) };
};

const mostApart = (one: Float32Array, other: Float32Array): number => {
  let most = 0;
  const length = Math.min(one.length, other.length);
  for (let i = 0; i < length; i += 1) most = Math.max(most, Math.abs(one[i]! - other[i]!));
  return most;
};

/** Stage by stage: what several tell within one piece of sound comes in an order that depends on the size of pieces. */
const toldBy = (events: readonly ChainEvent[], stage: ChainEvent['stage']): ChainEvent[] =>
  events.filter((event) => event.stage === stage);

const digitsOf = (events: readonly ChainEvent[]): string =>
  events
    .flatMap((event) => (event.stage === 'dtmf' && event.event.type === 'down' ? [event.event.digit] : []))
    .join('');

const compareEvents = (
  what: string,
  there: readonly ChainEvent[],
  here: readonly ChainEvent[],
  checks: Expectations,
): void => {
  for (const stage of ['dtmf', 'level', 'voice'] as const) {
    const [theirs, mine] = [toldBy(there, stage), toldBy(here, stage)];
    // The last, begun quantum may have told of a little more.
    const fewest = Math.min(theirs.length, mine.length);
    const isSame = JSON.stringify(theirs.slice(0, fewest)) === JSON.stringify(mine.slice(0, fewest));
    checks.expect(
      isSame && Math.abs(theirs.length - mine.length) <= 1,
      `${what}: ${stage} tells other things: ${theirs.length} in Chromium, ${mine.length} in Node`,
    );
  }
};

/** That a chain has done something at all: two that do nothing are alike, too. */
const checkWork = (
  { stages }: ChainCase,
  what: string,
  { pcm, events, frames }: Rendered,
  checks: Expectations,
): void => {
  const has = (name: string): boolean => stages.some(({ stage }) => stage === name);
  checks.expect(
    pcm.some((sample) => Math.abs(sample) > 0.01),
    `${what}: nothing came out of the audio thread`,
  );
  if (has('frames'))
    checks.expect(frames.length > 90_000, `${what}: only ${frames.length} samples in frames`);
  if (has('voice'))
    checks.expect(events.length >= 4, `${what}: voice began and ended ${events.length} times`);
  if (has('dtmf')) checks.expect(digitsOf(events) === DIALLED, `${what}: heard ${digitsOf(events)}`);
};

/** Sends sound through a chain on the page's audio thread and through the same in this process. */
export const compareChain = async (
  page: AudioPage,
  chainCase: ChainCase,
  sampleRate: number,
  input: Float32Array,
  checks: Expectations,
): Promise<ComparedRow> => {
  const what = `${chainCase.name} at ${sampleRate} Hz`;
  const there = await page.render(chainCase.stages, sampleRate, input);
  const here = renderHere(chainCase, sampleRate, input);
  const apart = Math.max(mostApart(there.pcm, here.pcm), mostApart(there.frames, here.frames));
  checks.expect(there.pcm.length === input.length, `${what}: ${there.pcm.length} samples of ${input.length}`);
  checks.expect(apart <= MOST_APART, `${what}: Chromium and Node are ${apart} apart`);
  checks.expect(
    Math.abs(there.frames.length - here.frames.length) <= FRAME_SAMPLES,
    `${what}: ${there.frames.length} samples in frames, ${here.frames.length} in Node`,
  );
  compareEvents(what, there.events, here.events, checks);
  checkWork(chainCase, what, there, checks);
  return [
    chainCase.name,
    sampleRate,
    apart.toExponential(1),
    there.events.length,
    Math.round(there.timesRealTime),
  ];
};
