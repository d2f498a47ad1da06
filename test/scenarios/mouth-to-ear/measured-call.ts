import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Browser } from 'playwright-core';
import { type Arrival, arrivalsAt } from '../../browser/arrival-tap.ts';
import { CallPage } from '../../browser/call-page.ts';
import { openBrowser } from '../../browser/chromium.ts';
import type { Claim } from '../../browser/claims.ts';
import { joinBlocks, type Timeline } from '../../browser/timeline.ts';
import { HopMeans } from '../../support/hop-means.ts';
import { MetricsPage } from '../../support/metrics-page.ts';
import { forMs } from '../../support/wait.ts';
import type { CallNetwork, Place } from '../../support/wan/call-network.ts';
import type { Wan, WanTraffic } from '../../support/wan/wan.ts';
import { LINE_DELAY_MS, LINE_LOSS, type Row } from './rows.ts';

/** Where everything runs: a network, and in it an edge that serves the page. */
export interface Stage {
  network: CallNetwork;
  /** Of page, API and WebSocket. */
  port: number;
  /** Of the edge's operations, at the edge's place. */
  opsUrl: string;
  /** See `BrowserOptions`. */
  trustedKey: string;
  speechFile: string;
  silenceFile: string;
}

/** All that is known of one call. */
export interface MeasuredCall {
  spoken: Timeline;
  heard: Timeline;
  /** Epoch ms between which speech is measured. */
  fromMs: number;
  toMs: number;
  claims: Claim[];
  arrivals: Arrival[];
  hops: HopMeans;
  counts: { received: number; lost: number; late: number };
  /** The lines' own counts, from join to end. */
  traffic: WanTraffic;
  /** Times that the edge paused the listener meanwhile, and the frames left out. */
  pauses: number;
  pausedFrames: number;
  page: MetricsPage;
}

/** The jitter of ten seconds is what a play-out buffer goes by. */
const WARM_UP_MS = 12_000;
const CLAIM_EVERY_MS = 250;
/** What was said last needs a moment to be heard. */
const END_MS = 1_500;

const run = promisify(execFile);

/** One call from mouth to ear: with lines that are made bad once both are in the room. */
export const measureCall = async (row: Row, stage: Stage, talkMs: number): Promise<MeasuredCall> => {
  const { network, speechFile, silenceFile } = stage;
  const lines = (['mouth', 'ear'] as const)
    .filter((place) => row.mouth === place || row.ear === place)
    .map((place) => network.lines[place]);
  for (const line of lines) await line.delay(LINE_DELAY_MS);
  const browsers = await Promise.all([
    browserAt(row.mouth, speechFile, stage),
    browserAt(row.ear, silenceFile, stage),
  ]);
  try {
    return await talk(row, stage, talkMs, { speaks: browsers[0], listens: browsers[1], lines });
  } finally {
    await Promise.all(browsers.map((browser) => browser.close()));
    for (const line of lines) await line.loss?.(0);
  }
};

const browserAt = (place: Place, microphoneFile: string, { network, trustedKey }: Stage): Promise<Browser> =>
  openBrowser({ microphoneFile, launcher: network.enter(place), trustedKey });

const talk = async (
  row: Row,
  stage: Stage,
  talkMs: number,
  { speaks, listens, lines }: { speaks: Browser; listens: Browser; lines: readonly Wan[] },
): Promise<MeasuredCall> => {
  const { network, port } = stage;
  const urlAt = async (place: Place): Promise<string> => `https://${await network.reach(place, port)}/`;
  const visit = { room: row.name, tapped: true } as const;
  const before = await totalTraffic(lines);
  const speaker = await CallPage.join(speaks, { ...visit, name: 'Ada', url: await urlAt(row.mouth) });
  const listener = await CallPage.join(listens, {
    ...visit,
    name: 'Grace',
    url: await urlAt(row.ear),
    arrivals: true,
  });
  await listener.sees('Ada', 'speaking');
  for (const line of lines) await line.loss?.(LINE_LOSS);
  await forMs(WARM_UP_MS);
  const fromMs = await listener.now();
  const claims: Claim[] = [];
  const pageBefore = await metricsOf(stage);
  const endsAtMs = fromMs + talkMs + END_MS;
  for (let atMs = fromMs; atMs < endsAtMs; atMs = await listener.now()) {
    const claim = await listener.claims();
    if (claim !== undefined) claims.push({ atMs, ...claim });
    await forMs(CLAIM_EVERY_MS);
  }
  const page = await metricsOf(stage);
  const counts = await listener.frameCounts();
  const traffic = await totalTraffic(lines);
  for (const line of lines) await line.loss?.(0);
  const [said, heard, arrivals] = [
    await speaker.recordings(),
    await listener.recordings(),
    await arrivalsAt(listener),
  ];
  const errors = [...speaker.errors, ...listener.errors];
  if (errors.length > 0) throw new Error(`The page reported errors: ${errors.join('; ')}`);
  const grown = (name: string, labels: Record<string, string> = {}): number =>
    page.sum(name, labels) - pageBefore.sum(name, labels);
  return {
    spoken: joinBlocks(said.microphone),
    heard: joinBlocks(heard.loudspeaker),
    fromMs,
    toMs: fromMs + talkMs,
    claims,
    arrivals,
    hops: new HopMeans(pageBefore, page),
    counts,
    traffic: {
      bytes: traffic.bytes - before.bytes,
      packets: traffic.packets - before.packets,
      lost: traffic.lost - before.lost,
    },
    pauses: grown('partyline_listener_pauses_total', { change: 'paused' }),
    pausedFrames: grown('partyline_frames_lost_total', { hop: 'downlink', reason: 'paused' }),
    page,
  };
};

const totalTraffic = async (lines: readonly Wan[]): Promise<WanTraffic> => {
  const total = { bytes: 0, packets: 0, lost: 0 };
  for (const line of lines) {
    const { bytes, packets, lost } = await line.traffic();
    total.bytes += bytes;
    total.packets += packets;
    total.lost += lost;
  }
  return total;
};

/** The operations port answers at the edge's own loopback only. */
const metricsOf = async ({ network, opsUrl }: Stage): Promise<MetricsPage> => {
  const script = `process.stdout.write(await (await fetch(${JSON.stringify(`${opsUrl}/metrics`)})).text())`;
  const [command, ...words] = [
    ...network.enter('edge'),
    process.execPath,
    '--input-type=module',
    '-e',
    script,
  ];
  const { stdout } = await run(command!, words, { maxBuffer: 16_777_216 });
  return new MetricsPage(stdout);
};
