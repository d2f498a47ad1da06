/** An edge as a process whose clock is wrong by `CLOCK_SHIFT_MS`, for tests; right without that variable. */
import { runEdge } from '@partyline/edge/process';
import { systemClock } from '@partyline/runtime';

const shiftMs = Number(process.env.CLOCK_SHIFT_MS ?? 0);

await runEdge(process.env, { clock: { now: () => systemClock.now() + shiftMs } });
