import type { RunContext } from '@partyline/harness';
import type { Cores } from '../processes/cores.ts';
import { PairedRun, percent } from './paired-windows.ts';
import type { Shape } from './shape.ts';
import { round } from './statistics.ts';

/** The bare relay's share of its core that counts as loaded; clear of the 60 % around which the edge begins to coalesce. */
const LOW = 0.65;
const TARGET = 0.7;
const HIGH = 0.8;
const TRIES = 6;
/** No step is larger, for a busy machine makes a relay look cheaper than it is and the next step would drown it. */
const MOST_STEP = 1.5;
/** Shorter intervals than this are no voice at all. */
const MIN_INTERVAL_MS = 5;
const MAX_INTERVAL_MS = 40;

/**
 * The shape with the frame interval that takes the bare relay 60–80 % of a core. It is found by trying, as a busy loop
 * coalesces by itself and so does not cost in proportion.
 */
export const loadedShape = async (
  shape: Shape,
  options: { tls: boolean; cores: Cores },
  context: Pick<RunContext, 'say'>,
): Promise<Shape> => {
  let intervalMs = shape.intervalMs;
  for (let attempt = 1; attempt <= TRIES; attempt += 1) {
    const tried = { ...shape, intervalMs };
    const run = new PairedRun({ ...options, shape: tried, pairs: 1, windowMs: 2_000 });
    let share: number;
    try {
      await run.start(['bare']);
      share = (await run.window('bare')).serverShare;
    } finally {
      await run.end();
    }
    context.say(
      `  ${shape.name}: a frame every ${intervalMs} ms takes the bare relay ${percent(share)} of a core`,
    );
    if (share >= LOW && share <= HIGH) return tried;
    const step = Math.min(MOST_STEP, Math.max(1 / MOST_STEP, share / TARGET));
    const next = round(Math.min(MAX_INTERVAL_MS, Math.max(MIN_INTERVAL_MS, intervalMs * step)), 1);
    if (next === intervalMs) return tried;
    intervalMs = next;
  }
  throw new Error(
    `No frame interval takes the bare relay 60 to 80 % of a core with ${shape.name}: the machine is too busy with something else.`,
  );
};
