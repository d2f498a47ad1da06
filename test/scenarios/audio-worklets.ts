import { readFile } from 'node:fs/promises';
import { Chain, type ChainEvent, type ChainStage, dtmfSound, resample } from '@partyline/audio';
import { denoiseStages } from '@partyline/audio/denoise';
import { readSpeech } from '@partyline/audio/node';
import { Expectations, type NamedRun, type RunContext, type RunOutcome } from '@partyline/harness';
import { openBrowser } from '../browser/chromium.ts';
import { speechFile } from '../support/speech.ts';
import { AudioPage, type Rendered } from './audio-worklets/audio-page.ts';
import { bundleAudio } from './audio-worklets/bundles.ts';
import { CASES, DIALLED, speechWithDigits } from './audio-worklets/cases.ts';

/** Sound is in single precision; beside that both do the same arithmetic. */
const MOST_APART = 1e-6;
/** What a page has to load of chains itself, and the worklet without noise suppression. */
const MAX_PAGE_BYTES = 4_000;
const MAX_WORKLET_BYTES = 40_000;

/** The same in this process. */
const renderHere = (stages: readonly ChainStage[], sampleRate: number, input: Float32Array): Rendered => {
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
  // In pieces of another size than the browser's: it must not matter.
  for (let at = 0; at < pcm.length; at += 1_000) chain.process(pcm.subarray(at, at + 1_000));
  chain.close();
  return { pcm, events, frames: Float32Array.from(frames) };
};

const mostApart = (one: Float32Array, other: Float32Array): number => {
  let most = 0;
  const length = Math.min(one.length, other.length);
  for (let i = 0; i < length; i += 1) most = Math.max(most, Math.abs(one[i]! - other[i]!));
  return most;
};

const digitsOf = (events: readonly ChainEvent[]): string =>
  events
    .flatMap((event) => (event.stage === 'dtmf' && event.event.type === 'down' ? [event.event.digit] : []))
    .join('');

/** Stage by stage: what several tell within one piece of sound comes in an order that depends on the size of pieces. */
const byStage = (events: readonly ChainEvent[], stage: ChainEvent['stage']): ChainEvent[] =>
  events.filter((event) => event.stage === stage);

const compare = async (page: AudioPage, checks: Expectations, context: RunContext): Promise<void> => {
  const { path } = await speechFile({ seconds: 6 });
  const speech = await readSpeech(await readFile(path));
  const rows: (string | number)[][] = [['chain', 'Hz', 'most apart', 'events']];
  for (const { name, stages, sampleRates } of CASES) {
    for (const sampleRate of sampleRates) {
      const input = speechWithDigits(resample(speech, 48_000, sampleRate), sampleRate);
      const browser = await page.render(stages, sampleRate, input);
      const here = renderHere(stages, sampleRate, input);
      const apart = Math.max(mostApart(browser.pcm, here.pcm), mostApart(browser.frames, here.frames));
      const what = `${name} at ${sampleRate} Hz`;
      checks.expect(
        browser.pcm.length === input.length,
        `${what}: ${browser.pcm.length} samples of ${input.length}`,
      );
      checks.expect(apart <= MOST_APART, `${what}: Chromium and Node are ${apart} apart`);
      checks.expect(
        browser.pcm.some((sample) => Math.abs(sample) > 0.01),
        `${what}: nothing came out of the audio thread`,
      );
      for (const stage of ['dtmf', 'level', 'voice'] as const) {
        const [there, mine] = [byStage(browser.events, stage), byStage(here.events, stage)];
        // An audio thread works in whole quanta, so the last, begun one may have told of a little more.
        const fewest = Math.min(there.length, mine.length);
        const isSame = JSON.stringify(there.slice(0, fewest)) === JSON.stringify(mine.slice(0, fewest));
        checks.expect(
          isSame && Math.abs(there.length - mine.length) <= 1,
          `${what}: ${stage} tells other things: ${there.length} in Chromium, ${mine.length} in Node`,
        );
      }
      const lacking = Math.abs(browser.frames.length - here.frames.length);
      checks.expect(
        lacking <= 320,
        `${what}: ${browser.frames.length} samples in frames, ${here.frames.length} in Node`,
      );
      if (stages.some(({ stage }) => stage === 'frames')) {
        checks.expect(
          browser.frames.length > 90_000,
          `${what}: only ${browser.frames.length} samples in frames`,
        );
      }
      if (stages.some(({ stage }) => stage === 'voice')) {
        checks.expect(
          browser.events.length >= 4,
          `${what}: voice began and ended ${browser.events.length} times`,
        );
      }
      if (stages.some(({ stage }) => stage === 'dtmf')) {
        checks.expect(digitsOf(browser.events) === DIALLED, `${what}: heard ${digitsOf(browser.events)}`);
      }
      rows.push([name, sampleRate, apart.toExponential(1), browser.events.length]);
    }
  }
  context.table(rows);
};

const refusals = async (page: AudioPage, checks: Expectations): Promise<void> => {
  const message = await page
    .render([{ stage: 'lowPass', hz: 30_000 }], 48_000, new Float32Array(128))
    .then(() => 'no error', String);
  checks.expect(message.includes('less than 24000 Hz'), `an impossible filter is answered with: ${message}`);
};

const inChromium = async (context: RunContext): Promise<RunOutcome> => {
  const checks = new Expectations();
  const bundles = await bundleAudio();
  const sizes = Object.fromEntries(
    Object.entries(bundles).map(([name, text]) => [name, Buffer.byteLength(text)]),
  );
  context.say(`Bundles, bytes: ${JSON.stringify(sizes)}`);
  checks.expect(sizes.page! <= MAX_PAGE_BYTES, `a page loads ${sizes.page} bytes to open a chain`);
  checks.expect(sizes.worklet! <= MAX_WORKLET_BYTES, `the plain worklet has ${sizes.worklet} bytes`);
  checks.expect(!bundles.worklet.includes('WebAssembly'), 'the plain worklet holds WebAssembly');
  checks.expect(
    !/\bimport\b\s*["({*]/.test(bundles.worklet),
    'the worklet imports, which no audio thread can',
  );
  const { path: microphoneFile } = await speechFile({ seconds: 6 });
  const browser = await openBrowser({ microphoneFile });
  try {
    const page = await AudioPage.open(browser, bundles);
    await compare(page, checks, context);
    await refusals(page, checks);
    const live = await page.heardLive(dtmfSound('80#', { sampleRate: 48_000 }), 48_000);
    checks.expect(live === '80#', `played in real time, 80# was heard as ${live}`);
    checks.expect(page.errors.length === 0, `the page has errors: ${page.errors.join('; ')}`);
    await page.close();
  } finally {
    await browser.close();
  }
  return { ...checks.outcome, sizes };
};

export const run: NamedRun = {
  name: 'audio-worklets',
  about:
    'Filters, gain, DTMF, levels, resampling and noise suppression on the audio thread of Chromium, against Node.',
  floor: 'within 1e-6',
  aim: 'within 1e-6',
  run: inChromium,
};
