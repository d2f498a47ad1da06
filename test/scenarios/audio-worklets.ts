import { readFile } from 'node:fs/promises';
import { dtmfSound, resample } from '@partyline/audio';
import { readSpeech } from '@partyline/audio/node';
import { Expectations, type NamedRun, type RunContext, type RunOutcome } from '@partyline/harness';
import { openBrowser } from '../browser/chromium.ts';
import { speechFile } from '../support/speech.ts';
import { AudioPage } from './audio-worklets/audio-page.ts';
import { type AudioBundles, bundleAudio } from './audio-worklets/bundles.ts';
import { CASES, speechWithDigits } from './audio-worklets/cases.ts';
import { type ComparedRow, compareChain } from './audio-worklets/comparison.ts';

/** What a page has to load of chains itself, and the worklet without noise suppression. */
const MAX_PAGE_BYTES = 4_000;
const MAX_WORKLET_BYTES = 40_000;

const checkBundles = (bundles: AudioBundles, checks: Expectations): Record<string, number> => {
  const sizes = Object.fromEntries(
    Object.entries(bundles).map(([name, text]) => [name, Buffer.byteLength(text)]),
  );
  checks.expect(sizes.page! <= MAX_PAGE_BYTES, `a page loads ${sizes.page} bytes to open a chain`);
  checks.expect(sizes.worklet! <= MAX_WORKLET_BYTES, `the plain worklet has ${sizes.worklet} bytes`);
  checks.expect(!bundles.worklet.includes('WebAssembly'), 'the plain worklet holds WebAssembly');
  checks.expect(
    !/\bimport\b\s*["({*]/.test(bundles.worklet),
    'the worklet imports, which no audio thread can',
  );
  return sizes;
};

const compareAll = async (page: AudioPage, checks: Expectations): Promise<ComparedRow[]> => {
  const { path } = await speechFile({ seconds: 6 });
  const speech = await readSpeech(await readFile(path));
  const rows: ComparedRow[] = [];
  for (const chainCase of CASES) {
    for (const sampleRate of chainCase.sampleRates) {
      const input = speechWithDigits(resample(speech, 48_000, sampleRate), sampleRate);
      rows.push(await compareChain(page, chainCase, sampleRate, input, checks));
    }
  }
  return rows;
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
  const sizes = checkBundles(bundles, checks);
  context.say(`Bundles, bytes: ${JSON.stringify(sizes)}`);
  const { path: microphoneFile } = await speechFile({ seconds: 6 });
  const browser = await openBrowser({ microphoneFile });
  try {
    const page = await AudioPage.open(browser, bundles);
    const rows = await compareAll(page, checks);
    context.table([['chain', 'Hz', 'most apart', 'events', 'times real time'], ...rows]);
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
