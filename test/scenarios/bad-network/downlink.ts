import {
  FRAME_MS,
  type Heard,
  LEAST_TRANSIT_MS,
  type Look,
  listen,
  TONE_STEP,
} from '@partyline/audio/simulation';
import type { Expectations, RunContext } from '@partyline/harness';
import { DOWNLINK_CASES, type DownlinkCase, EVENT_MS } from './downlink-cases.ts';
import type { Part } from './part.ts';

/** What a frame takes that does not wait at all. */
const UNAVOIDABLE_MS = FRAME_MS + LEAST_TRANSIT_MS;
/** Sound held, on average over a second, from 5 s after the event on. */
const HELD_MS = 80;
const HELD_AFTER_MS = 5_000;
/** Difference of the delay at the end from that before the event: nothing builds up. */
const DRIFT_MS = 30;
/** Steepest step against that of the sound itself. */
const CLICK = 1.5;

const meanOf = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
const delayBetween = (looks: readonly Look[], fromMs: number, toMs: number): number =>
  meanOf(looks.flatMap(({ atMs, delayMs }) => (atMs >= fromMs && atMs < toMs ? (delayMs ?? []) : [])));

/** The most that was held in any second from a moment on, each second's mean. */
const heldFrom = (looks: readonly Look[], fromMs: number): number => {
  const seconds = new Map<number, number[]>();
  for (const { atMs, bufferedMs } of looks) {
    if (atMs < fromMs) continue;
    const second = Math.floor(atMs / 1_000);
    seconds.set(second, [...(seconds.get(second) ?? []), bufferedMs]);
  }
  return Math.max(0, ...[...seconds.values()].map(meanOf));
};

interface Row {
  breaks: number;
  missingPercent: number;
  delayMs: number;
  heldMs: number;
  driftMs: number;
  click: number;
}

const rowOf = (heard: Heard, lengthMs: number): Row => ({
  breaks: heard.stats.underruns / (lengthMs / 60_000),
  missingPercent: 100 * heard.missingShare,
  delayMs: heard.meanDelayMs - UNAVOIDABLE_MS,
  heldMs: heldFrom(heard.looks, EVENT_MS + 300 + HELD_AFTER_MS),
  driftMs:
    delayBetween(heard.looks, lengthMs - 10_000, lengthMs) -
    delayBetween(heard.looks, EVENT_MS - 10_000, EVENT_MS),
  click: heard.steepest / TONE_STEP,
});

const expectRow = (checks: Expectations, one: DownlinkCase, seed: number, row: Row): void => {
  const who = `${one.name}, seed ${seed}`;
  checks.expect(
    row.missingPercent <= one.missingPercent,
    `${who}: ${row.missingPercent.toFixed(2)} % of the talk is missing, not ${one.missingPercent}`,
  );
  checks.expect(
    row.delayMs <= one.delayMs,
    `${who}: ${row.delayMs.toFixed(0)} ms of delay, not ${one.delayMs}`,
  );
  checks.expect(row.click <= CLICK, `${who}: a step ${row.click.toFixed(1)} times the sound's own`);
  if (one.event !== true) return;
  checks.expect(
    row.heldMs < HELD_MS,
    `${who}: ${row.heldMs.toFixed(0)} ms held later than 5 s after the stall, not ${HELD_MS}`,
  );
  checks.expect(
    Math.abs(row.driftMs) < DRIFT_MS,
    `${who}: the delay at the end is ${row.driftMs.toFixed(0)} ms off that at the start`,
  );
};

const runCases = (context: RunContext, checks: Expectations): Record<string, unknown> => {
  const seeds = 5;
  const lengthMs = context.full ? 600_000 : 60_000;
  const table: (string | number)[][] = [
    [
      `${seeds} seeds of ${lengthMs / 60_000} min; mean (worst)`,
      'breaks / min',
      'missing %',
      'delay ms',
      'held ms',
      'end − start ms',
      'step',
    ],
  ];
  const figures: Record<string, unknown> = {};
  for (const one of DOWNLINK_CASES) {
    const rows: Row[] = [];
    for (let seed = 1; seed <= (one.once ? 1 : seeds); seed += 1) {
      const heard = listen(
        one.frames(seed, lengthMs),
        one.device === undefined ? {} : { device: one.device },
      );
      const row = rowOf(heard, lengthMs);
      rows.push(row);
      expectRow(checks, one, seed, row);
    }
    const mean = (key: keyof Row): number => meanOf(rows.map((row) => row[key]));
    const worst = (key: keyof Row): number => Math.max(...rows.map((row) => Math.abs(row[key])));
    const both = (key: keyof Row, digits: number): string =>
      `${mean(key).toFixed(digits)} (${worst(key).toFixed(digits)})`;
    table.push([
      one.name,
      mean('breaks').toFixed(1),
      both('missingPercent', 2),
      both('delayMs', 0),
      both('heldMs', 0),
      both('driftMs', 0),
      worst('click').toFixed(2),
    ]);
    figures[one.name] = {
      breaksPerMinute: Number(mean('breaks').toFixed(2)),
      missingPercent: Number(mean('missingPercent').toFixed(3)),
      missingPercentWorst: Number(worst('missingPercent').toFixed(3)),
      delayMs: Math.round(mean('delayMs')),
      heldMsWorst: Math.round(worst('heldMs')),
      endMinusStartMsWorst: Math.round(worst('driftMs')),
    };
  }
  context.table(table);
  return figures;
};

/** What the play-out buffer makes of late frames, slow threads and odd sound devices, in simulated time. */
export const downlink: Part = {
  name: 'downlink',
  about: 'breaks and delay of the play-out buffer, by networks, threads and sound devices',
  run: async (context, checks) => runCases(context, checks),
};
