import { setTimeout as delay } from 'node:timers/promises';
import type { RunContext } from '@partyline/harness';
import { PairedRun } from '../comparison/paired-windows.ts';
import { calls } from '../comparison/shapes.ts';
import { median } from '../comparison/statistics.ts';
import type { Cores } from '../processes/cores.ts';

const WINDOWS = 3;
const SETTLE_MS = 1_500;

/**
 * CPU time that a whole edge takes for one frame of a speaker, sockets and all, in µs: in many rooms of few, where of all
 * shapes a frame costs least.
 */
export const measureWhole = async (
  windowMs: number,
  cores: Cores,
  context: Pick<RunContext, 'say'>,
): Promise<number> => {
  const run = new PairedRun({ shape: calls, tls: false, coalesceMs: 0, pairs: WINDOWS, windowMs, cores });
  const heardBy = calls.publishers + calls.listeners - 1;
  const costs: number[] = [];
  try {
    await run.start(['edge']);
    await delay(SETTLE_MS);
    for (let i = 0; i < WINDOWS; i += 1) {
      costs.push((1e6 / (await run.window('edge')).framesPerCpuSecond) * heardBy);
      context.say(`  a whole edge ${i + 1}/${WINDOWS}: ${costs.at(-1)!.toFixed(1)} µs a frame`);
    }
  } finally {
    await run.end();
  }
  return median(costs);
};
