import type { RunContext } from '@partyline/harness';
import type { Cores } from '../processes/cores.ts';
import { BusRun, type BusWindow } from './bus-run.ts';
import type { BusKind, BusShape } from './shape.ts';

export interface BusPlan {
  shape: BusShape;
  kinds: readonly BusKind[];
  rounds: number;
  windowMs: number;
  cores: Cores;
  /** Where a profile of the sender of bundles goes. */
  profile?: string;
}

export type BusWindows = Record<BusKind, BusWindow[]>;

/** All kinds in turn, round by round: the machine's moods fall on all alike. */
export const runRounds = async (plan: BusPlan, context: Pick<RunContext, 'say'>): Promise<BusWindows> => {
  const { shape, kinds, rounds, windowMs, cores, profile } = plan;
  const run = new BusRun(kinds, shape, cores, profile);
  const windows: BusWindows = { nothing: [], frames: [], bundles: [] };
  try {
    await run.start();
    for (let round = 0; round < rounds; round += 1) {
      for (const kind of kinds) {
        const window = await run.window(kind, windowMs);
        windows[kind].push(window);
        context.say(
          `  ${shape.name} ${round + 1}/${rounds} ${kind}: ${Math.round(window.framesPerSecond)} frames/s in ` +
            `${Math.round(window.messagesPerSecond)} messages, sender ${(window.senderShare * 100).toFixed(1)} % of a core, ` +
            `p99 ${window.p99Ms.toFixed(2)} ms`,
        );
      }
    }
  } finally {
    await run.end();
  }
  return windows;
};

/** Length and number of windows: `--rounds` and `--seconds` stand over what the form gives. */
export const windowsOf = (
  { options, full }: Pick<RunContext, 'options' | 'full'>,
  quick: { rounds: number; windowMs: number },
): { rounds: number; windowMs: number } => {
  const base = full ? { rounds: 5, windowMs: 10_000 } : quick;
  const rounds = numberOf(options, 'rounds') ?? base.rounds;
  const seconds = numberOf(options, 'seconds') ?? base.windowMs / 1000;
  return { rounds: Math.ceil(rounds), windowMs: seconds * 1000 };
};

const numberOf = (options: RunContext['options'], name: string): number | undefined => {
  const text = options.get(name);
  if (text === undefined) return undefined;
  const value = Number(text);
  if (!(value > 0 && value <= 100))
    throw new Error(`--${name} must be a number above 0, up to 100, not "${text}"`);
  return value;
};
