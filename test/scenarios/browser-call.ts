import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Expectations, type NamedRun, type RunContext, type RunOutcome } from '@partyline/harness';
import type { Browser } from 'playwright-core';
import { CallPage } from '../browser/call-page.ts';
import { openBrowser } from '../browser/chromium.ts';
import { type Claim, disagreementMs } from '../browser/claims.ts';
import { type DelaySample, measureDelays } from '../browser/delay.ts';
import { cut, joinBlocks, levelDb, median, type Timeline } from '../browser/timeline.ts';
import { HopMeans } from '../support/hop-means.ts';
import type { MetricsPage } from '../support/metrics-page.ts';
import { percentile } from '../support/reception.ts';
import { speechFile } from '../support/speech.ts';
import { type System, withSystem } from '../support/system.ts';
import { forMs } from '../support/wait.ts';
import { writeSilence } from '../support/wav-file.ts';
import { judgeRounds } from './browser-call/rounds.ts';

const ROOM = 'browser-call';
const SPEECH_SECONDS = 10;
const SAMPLE_RATE = 48_000;
/** The microphone repeats its file: four rounds and a bit hold three whole ones, wherever the call began. */
const TALK_MS = 4.3 * SPEECH_SECONDS * 1_000;
const MUTED_MS = 3_000;
/** Voice that was under way when the mute was pressed, and its fading out. */
const MUTE_SETTLES_MS = 700;
/** Adaptive buffers and clocks need a moment after a join. */
const WARM_UP_MS = 5_000;
const FLOOR_MS = 150;
const AIM_MS = 80;
const AGREEMENT_MS = 20;
/** What the hops' means together may be off the mean of the whole way. */
const SUM_OFF_MS = 10;
/** Reports come every 2 s, and what was under way is told with the next one. */
const REPORTED_AFTER_MS = 2_500;
const FRAME_MS = 20;
const LEAST_PESQ = 3.5;
const LEAST_CORRELATION = 0.8;
const SILENCE_DB = -70;

interface Talk {
  spoken: Timeline;
  heard: Timeline;
  /** Epoch ms: when both were in the call and settled, when the mute was pressed and released. */
  settledAtMs: number;
  mutedAtMs: number;
  unmutedAtMs: number;
  /** What the listener's getStats() said during the talk, and when (epoch ms). */
  claims: Claim[];
  hops: HopMeans;
  /** Frames of both pages, by their own count, when nobody talks; and what the edge knows of them by then. */
  counts: { received: number; lost: number; late: number };
  page: MetricsPage;
}

/** A third person looks in on a phone at night, with the page's own content security policy in force. */
const lookIn = async (url: string, browser: Browser, folder: string): Promise<CallPage> => {
  const context = { colorScheme: 'dark', viewport: { width: 390, height: 844 } } as const;
  const visitor = await CallPage.join(browser, { url, name: 'Alan Turing', room: ROOM, context });
  await visitor.sees('Ada', 'speaking');
  await visitor.page.screenshot({ path: join(folder, 'phone.png'), fullPage: true });
  await visitor.press('Leave');
  return visitor;
};

const countsOf = async (pages: readonly CallPage[]): Promise<Talk['counts']> => {
  const total = { received: 0, lost: 0, late: 0 };
  for (const page of pages) {
    const { received, lost, late } = await page.frameCounts();
    total.received += received;
    total.lost += lost;
    total.late += late;
  }
  return total;
};

/** Two people meet, one talks, is muted for a while, and talks again. */
const talk = async (system: System, speakers: Browser, listeners: Browser, folder: string): Promise<Talk> => {
  const { url } = system.api;
  const speaker = await CallPage.join(speakers, { url, name: 'Ada', room: ROOM, tapped: true });
  const listener = await CallPage.join(listeners, {
    url: `${url}/?room=${ROOM}`,
    name: 'Grace',
    room: ROOM,
    tapped: true,
  });
  await listener.sees('Ada', 'speaking');
  await forMs(WARM_UP_MS);
  const settledAtMs = await listener.now();
  const claims: Talk['claims'] = [];
  const before = await system.metrics();
  for (let atMs = settledAtMs; atMs < settledAtMs + TALK_MS; atMs = await listener.now()) {
    const claim = await listener.claims();
    if (claim !== undefined) claims.push({ atMs, ...claim });
    await forMs(250);
  }
  const hops = new HopMeans(before, await system.metrics());
  await listener.page.screenshot({ path: join(folder, 'listener.png'), fullPage: true });
  await speaker.press('Mute');
  const mutedAtMs = await speaker.now();
  await listener.sees('Ada', 'muted');
  await forMs(REPORTED_AFTER_MS);
  const counts = await countsOf([speaker, listener]);
  await forMs(MUTED_MS - REPORTED_AFTER_MS);
  const page = await system.metrics();
  const unmutedAtMs = await speaker.now();
  await speaker.press('Unmute');
  await listener.sees('Ada', 'speaking');
  const visitor = await lookIn(url, listeners, folder);
  const [said, heard] = await Promise.all([speaker.recordings(), listener.recordings()]);
  const errors = [speaker, listener, visitor].flatMap((page) => page.errors);
  if (errors.length > 0) throw new Error(`The page reported errors: ${errors.join('; ')}`);
  return {
    spoken: joinBlocks(said.microphone),
    heard: joinBlocks(heard.loudspeaker),
    settledAtMs,
    mutedAtMs,
    unmutedAtMs,
    claims,
    hops,
    counts,
    page,
  };
};

const delaysOf = ({ spoken, heard, settledAtMs, mutedAtMs }: Talk): DelaySample[] =>
  measureDelays(cut(spoken, settledAtMs, mutedAtMs - 1_000), heard);

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

const round = (value: number, digits = 1): number => Number(value.toFixed(digits));

const call = async (context: RunContext): Promise<RunOutcome> => {
  const checks = new Expectations();
  const folder = await mkdtemp(join(tmpdir(), 'partyline-browser-call-'));
  const speech = await speechFile({ seconds: SPEECH_SECONDS });
  const silence = join(folder, 'silence.wav');
  writeSilence(silence);

  const talked = await withSystem({ env: { PARTYLINE_GUEST_JOIN: 'true' } }, async (system) => {
    const browsers = await Promise.all([
      openBrowser({ microphoneFile: speech.path }),
      openBrowser({ microphoneFile: silence }),
    ]);
    try {
      return await talk(system, browsers[0], browsers[1], folder);
    } finally {
      await Promise.all(browsers.map((browser) => browser.close()));
    }
  });
  context.say(`Recordings and a picture of the page: ${folder}`);

  const { heard, spoken, settledAtMs, mutedAtMs, unmutedAtMs, claims } = talked;
  const delays = delaysOf(talked);
  const delaysMs = delays.map(({ delayMs }) => delayMs);
  const mouthToEarMs = median(delaysMs);
  const offMs = disagreementMs(delays, claims);
  const rounds = await judgeRounds(
    speech,
    { spoken, heard, beganAtMs: settledAtMs, endedAtMs: mutedAtMs, mouthToEarMs },
    folder,
  );
  // One hiccup of a busy machine is a round's, not the call's.
  const pesq = median(rounds);
  const correlation = median(delays.map((sample) => sample.correlation));
  const mutedDb = levelDb(cut(heard, mutedAtMs + MUTE_SETTLES_MS, unmutedAtMs));
  const looser = context.timingSlack;

  checks.expect(
    heard.sampleRate === SAMPLE_RATE,
    `sound is played at ${heard.sampleRate} Hz instead of ${SAMPLE_RATE}`,
  );
  checks.expect(delays.length >= 5, `only ${delays.length} seconds of speech were found in what was played`);
  checks.expect(
    correlation >= LEAST_CORRELATION,
    `what was played correlates with what was spoken by ${round(correlation, 3)}, less than ${LEAST_CORRELATION}`,
  );
  checks.expect(
    pesq >= LEAST_PESQ,
    `PESQ against the original is ${pesq}, less than ${LEAST_PESQ}; round by round ${rounds.join(', ')}`,
  );
  checks.expect(
    mutedDb <= SILENCE_DB,
    `while muted ${round(mutedDb)} dBFS were heard, more than ${SILENCE_DB}`,
  );
  checks.expect(
    mouthToEarMs <= FLOOR_MS * looser,
    `mouth to ear takes ${round(mouthToEarMs)} ms, more than ${FLOOR_MS * looser}`,
  );
  checks.expect(
    Math.abs(offMs) <= AGREEMENT_MS * looser,
    `getStats() is ${round(offMs)} ms off what was measured, more than ${AGREEMENT_MS * looser}`,
  );
  const { hops, counts, page } = talked;
  checks.expect(
    Math.abs(hops.sumMs - hops.mouthToEarMs) <= SUM_OFF_MS,
    `the hops together take ${round(hops.sumMs)} ms and mouth to ear ${round(hops.mouthToEarMs)} ms`,
  );
  const claimed = {
    mouth_to_ear: mean(claims.map((claim) => claim.mouthToEarMs)),
    playout: mean(claims.map((claim) => claim.playoutMs)),
  };
  for (const [hop, ms] of Object.entries(claimed)) {
    const seriesMs = hops.byHop.get(hop) ?? Number.NaN;
    checks.expect(
      Math.abs(seriesMs - ms) <= AGREEMENT_MS * looser,
      `the edge has ${round(seriesMs)} ms for ${hop}, getStats() says ${round(ms)}`,
    );
  }
  const reported = {
    received: page.sum('partyline_frames_total', { hop: 'playout' }),
    lost: page.sum('partyline_listener_missing_frames_total'),
    late: page.sum('partyline_frames_lost_total', { hop: 'playout', reason: 'late' }),
  };
  checks.expect(
    JSON.stringify(reported) === JSON.stringify(counts),
    `the edge was told of ${JSON.stringify(reported)}, getStats() counts ${JSON.stringify(counts)}`,
  );
  checks.expect(
    page.sum('partyline_frames_lost_total', { hop: 'edge' }) === 0,
    'the edge has lost frames by itself',
  );
  const voiceSeconds = page.sum('partyline_voice_seconds_total');
  checks.expect(
    Math.abs(voiceSeconds - (counts.received * FRAME_MS) / 1_000) < 1,
    `${round(voiceSeconds)} s of voice were judged, of ${counts.received} frames`,
  );
  const figures = {
    hopsMs: Object.fromEntries([...hops.byHop].map(([hop, ms]) => [hop, round(ms)])),
    hopsSumMs: round(hops.sumMs),
    mouthToEarMs: round(mouthToEarMs),
    mouthToEarP95Ms: round(percentile(delaysMs, 0.95)),
    claimOffMs: round(offMs),
    pesq,
    pesqOfRounds: rounds,
    correlation: round(correlation, 3),
    mutedDb: round(mutedDb),
  };
  context.table([
    ['figure', 'value'],
    ...Object.entries(figures).map(([figure, value]) => [
      figure,
      typeof value === 'number' ? value : JSON.stringify(value),
    ]),
  ]);
  return { ...checks.outcome, ...figures };
};

export const run: NamedRun = {
  name: 'browser-call',
  about:
    'Two pages in Chromium: real speech goes in at one and comes out at the other; mute, delay, statistics.',
  floor: `mouth to ear ${FLOOR_MS} ms`,
  aim: `mouth to ear ${AIM_MS} ms`,
  run: call,
};
