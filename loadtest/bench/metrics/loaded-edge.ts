import { setTimeout as delay } from 'node:timers/promises';
import type { RunContext } from '@partyline/harness';
import { PairedRun } from '../comparison/paired-windows.ts';
import type { Shape } from '../comparison/shape.ts';
import { median } from '../comparison/statistics.ts';
import type { Cores } from '../processes/cores.ts';
import { type Page, readPage } from './page.ts';

/** An edge under a shape's load, and what it takes for a report and for a page. */
export interface LoadedEdge {
  /** Nobody sends reports and nobody scrapes. */
  cpuUsPerSecond: number;
  framesPerSecond: number;
  acksPerSecond: number;
  /** CPU time of one receiver report, its way through the socket included, and of one page of metrics. */
  reportUs: number;
  scrapeUs: number;
  series: number;
}

export interface EdgePlan {
  shape: Shape;
  windows: number;
  windowMs: number;
  scrapes: number;
  cores: Cores;
}

const SETTLE_MS = 1_500;
/** From one report of a client to its next: as often as an edge takes them, so that their cost shows. */
const REPORT_EVERY_MS = 1_050;
const SCRAPE_EVERY_MS = 250;
const WARM_UP_SCRAPES = 5;

/** Each part is measured by itself on one edge: what they cost together would not show beside the noise of sockets. */
export const measureEdge = async (
  { shape, windows, windowMs, scrapes, cores }: EdgePlan,
  context: Pick<RunContext, 'say'>,
): Promise<LoadedEdge> => {
  const run = new PairedRun({
    shape,
    tls: false,
    coalesceMs: 0,
    clustered: true,
    pairs: windows,
    windowMs,
    cores,
  });
  try {
    await run.start(['edge']);
    await delay(SETTLE_MS);
    const load = await measureLoad(run, windows);
    const reportUs = await measureReports(run, windows, windowMs);
    const { scrapeUs, series } = await measureScrapes(run, scrapes, windowMs);
    context.say(
      `  ${shape.name}: ${(load.cpuUsPerSecond / 1_000).toFixed(0)} ms of CPU a second; a report ${reportUs.toFixed(1)} µs, ` +
        `a page of ${series} series ${(scrapeUs / 1_000).toFixed(2)} ms`,
    );
    return { ...load, reportUs, scrapeUs, series };
  } finally {
    await run.end();
  }
};

const measureLoad = async (
  run: PairedRun,
  windows: number,
): Promise<Pick<LoadedEdge, 'cpuUsPerSecond' | 'framesPerSecond' | 'acksPerSecond'>> => {
  const shares: number[] = [];
  const frames: number[] = [];
  const acks: number[] = [];
  for (let i = 0; i < windows; i += 1) {
    const seen = await run.window('edge');
    shares.push(seen.serverShare);
    frames.push(seen.frames / seen.seconds);
    acks.push(seen.acks / seen.seconds);
  }
  return {
    cpuUsPerSecond: median(shares) * 1e6,
    framesPerSecond: median(frames),
    acksPerSecond: median(acks),
  };
};

/** With nobody talking, so that little else happens: windows without and with reports in turns. */
const measureReports = async (run: PairedRun, windows: number, windowMs: number): Promise<number> => {
  const url = await run.metricsUrl();
  const costs: number[] = [];
  for (let i = 0; i < windows; i += 1) {
    const quiet = await run.idle('edge', windowMs);
    const before = await readPage(url);
    await run.report(REPORT_EVERY_MS);
    const busy = await run.during('edge', () => delay(windowMs));
    await run.report(0);
    const after = await readPage(url);
    costs.push((busy.cpuUs - quiet.share * busy.tookMs * 1_000) / reportsBetween(before, after));
  }
  return median(costs);
};

const reportsBetween = (before: Page, after: Page): number => {
  const count = (outcome: string): number => {
    const name = `partyline_receiver_reports_total{outcome="${outcome}"}`;
    return after.value(name) - before.value(name);
  };
  const taken = count('taken');
  if (count('rate') > 0 || taken === 0)
    throw new Error(`${count('rate')} reports were refused and ${taken} taken: something else is measured`);
  return taken;
};

const measureScrapes = async (
  run: PairedRun,
  scrapes: number,
  windowMs: number,
): Promise<{ scrapeUs: number; series: number }> => {
  const url = await run.metricsUrl();
  let series = 0;
  const scrape = async (times: number): Promise<void> => {
    for (let i = 0; i < times; i += 1) {
      series = (await readPage(url)).series;
      await delay(SCRAPE_EVERY_MS);
    }
  };
  await scrape(WARM_UP_SCRAPES);
  const quiet = await run.idle('edge', windowMs);
  const busy = await run.during('edge', () => scrape(scrapes));
  return { scrapeUs: (busy.cpuUs - quiet.share * busy.tookMs * 1_000) / scrapes, series };
};
