import { setTimeout as delay } from 'node:timers/promises';
import { CallableChild } from '../processes/child-calls.ts';
import type { Cores } from '../processes/cores.ts';

const SETTLE_MS = 1_000;

/** CPU time that a process's own metrics take while nobody scrapes and nothing happens, in µs a second. */
export const measureIdleCost = async (windowMs: number, cores: Cores): Promise<number> => {
  const child = (label: string): CallableChild =>
    new CallableChild({
      file: new URL('./idle/main.ts', import.meta.url),
      label,
      ...(cores.server === undefined ? {} : { core: cores.server }),
    });
  const children = [child('with process metrics'), child('without process metrics')] as const;
  const cpuUs = (): Promise<number[]> => Promise.all(children.map((one) => one.call<number>('cpuUs')));
  try {
    await Promise.all(children.map((one, i) => one.call('start', i === 0)));
    await delay(SETTLE_MS);
    const before = await cpuUs();
    await delay(windowMs);
    const [withUs, withoutUs] = (await cpuUs()).map((us, i) => us - before[i]!);
    return ((withUs! - withoutUs!) * 1_000) / windowMs;
  } finally {
    await Promise.all(children.map((one) => one.end()));
  }
};
