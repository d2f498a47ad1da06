import { type EventLoopUtilization, performance } from 'node:perf_hooks';

/** How much of the newest sample counts: a burst of half a second moves it, a single slow turn hardly. */
const WEIGHT = 0.3;

/** The event loop's utilisation, smoothed over some tenths of a second. */
export class LoadMeter {
  #last: EventLoopUtilization = performance.eventLoopUtilization();
  #smoothed = 0;
  /** Of the last sample alone, 0 … 1. */
  utilization = 0;
  /** How late the last sample came, in ms: what a frame had to wait at worst. */
  lagMs = 0;
  #sampledAtMs = 0;

  /** 0 idle … 1 busy without a pause. */
  get load(): number {
    return this.#smoothed;
  }

  /** Call it every `intervalMs`. */
  sample(nowMs: number, intervalMs: number): void {
    const current = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(current, this.#last);
    this.#last = current;
    if (Number.isFinite(utilization)) {
      this.utilization = utilization;
      this.#smoothed += (utilization - this.#smoothed) * WEIGHT;
    }
    if (this.#sampledAtMs > 0) this.lagMs = Math.max(0, nowMs - this.#sampledAtMs - intervalMs);
    this.#sampledAtMs = nowMs;
  }
}
