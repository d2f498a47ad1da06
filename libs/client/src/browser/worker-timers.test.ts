import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { WorkerTimers } from './worker-timers.ts';

/** What a browser without the permission for the worker leaves: none (as here), or one that fails a little later. */
class FailingWorker {
  static made: FailingWorker | undefined;
  onmessage: unknown;
  onerror: (() => void) | undefined;
  terminated = false;

  constructor() {
    FailingWorker.made = this;
  }

  postMessage(): void {}

  terminate(): void {
    this.terminated = true;
  }
}

describe('WorkerTimers without their worker (with it they run in scenario browser-hidden)', () => {
  beforeEach(() => vi.useFakeTimers());
  afterEach(() => {
    vi.useRealTimers();
    vi.unstubAllGlobals();
  });

  it('are the own timers where no worker can be made', () => {
    const timers = new WorkerTimers();
    const ran: string[] = [];
    timers.after(10, () => ran.push('once'));
    const cancelled = timers.after(10, () => ran.push('never'));
    const periodic = timers.every(4, () => ran.push('again'));
    cancelled.cancel();
    vi.advanceTimersByTime(9);
    periodic.cancel();
    vi.advanceTimersByTime(50);
    expect(ran).toEqual(['again', 'again', 'once']);
  });

  it('go on as the own timers when the worker breaks, with all that is outstanding', () => {
    vi.stubGlobal('Worker', FailingWorker);
    const timers = new WorkerTimers();
    const ran: string[] = [];
    timers.after(10, () => ran.push('once'));
    timers.every(4, () => ran.push('again'));
    const cancelled = timers.after(5, () => ran.push('never'));
    FailingWorker.made!.onerror!();
    cancelled.cancel();
    cancelled.cancel();
    vi.advanceTimersByTime(11);
    timers.after(1, () => ran.push('later'));
    vi.advanceTimersByTime(1);
    expect(FailingWorker.made!.terminated).toBe(true);
    expect(ran).toEqual(['again', 'again', 'once', 'again', 'later']);
  });
});
