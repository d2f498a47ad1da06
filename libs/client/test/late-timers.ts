import { systemTimers, type Timers } from '../src/timers.ts';

/** Timers as a browser gives them to a hidden page: all of them only at whole multiples of so many ms. */
export const lateTimers = (everyMs: () => number): Timers => {
  const held = (delayMs: number): number => {
    const dueMs = Date.now() + delayMs;
    return Math.ceil(dueMs / everyMs()) * everyMs() - Date.now();
  };
  return {
    after: (delayMs, run) => systemTimers.after(held(delayMs), run),
    every: (periodMs, run) => {
      let timer = systemTimers.after(held(periodMs), again);
      function again(): void {
        timer = systemTimers.after(held(periodMs), again);
        run();
      }
      return { cancel: () => timer.cancel() };
    },
  };
};
