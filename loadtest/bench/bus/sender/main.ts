import { Latencies } from '../../generator/latency.ts';
import { answerCalls } from '../../processes/child-calls.ts';
import { ownCpuUs } from '../../processes/own-cpu.ts';
import { type BusTask, FRAME_BYTES, monotonicUs, SENT_AT_OFFSET } from '../shape.ts';
import { type Outlet, type OutletCounts, outletOf } from './outlet.ts';

/** One reading of the process; two of them give a window. */
export interface SenderSample extends OutletCounts {
  atMs: number;
  /** User and system time of the whole process so far, µs. */
  cpuUs: number;
  /** Frames that were not sent because the process fell behind. */
  skipped: number;
  /** How late frames left against plan, p99 since the talk began, ms. */
  latenessP99Ms: number;
}

/** A process that falls behind by more than this leaves frames out: a burst to catch up is no voice. */
const MOST_BEHIND_MS = 100;

/** Sends frames at a steady pace, destination by destination, as speakers out of phase do. */
class Talker {
  readonly #outlet: Outlet;
  readonly #destinations: number;
  readonly #framesPerMs: number;
  readonly #frame = Buffer.alloc(FRAME_BYTES, 0x55);
  readonly #lateness = new Latencies();
  #sequence = 0;
  #skipped = 0;
  #startMs = 0;
  #planned = 0;
  #timer: NodeJS.Timeout | undefined;
  readonly #step = (): void => this.#sendDue();

  constructor(task: BusTask, outlet: Outlet) {
    const { destinations, framesPerSecond } = task.shape;
    this.#outlet = outlet;
    this.#destinations = destinations;
    this.#framesPerMs = (destinations * framesPerSecond) / 1000;
    this.#frame.writeUInt16BE(FRAME_BYTES - 16, 0);
    this.#frame[3] = 1;
    this.#frame[5] = 8;
  }

  get skipped(): number {
    return this.#skipped;
  }

  get latenessP99Ms(): number {
    return this.#lateness.quantile(0.99);
  }

  talk(): void {
    this.#lateness.reset();
    this.#startMs = performance.now();
    this.#planned = 0;
    this.#timer = setTimeout(this.#step, 1);
  }

  hush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #sendDue(): void {
    this.#timer = setTimeout(this.#step, 1);
    const nowMs = performance.now();
    const due = Math.floor((nowMs - this.#startMs) * this.#framesPerMs);
    const most = Math.floor(MOST_BEHIND_MS * this.#framesPerMs);
    if (due - this.#planned > most) {
      this.#skipped += due - this.#planned - most;
      this.#planned = due - most;
    }
    if (this.#planned < due) {
      this.#lateness.record(nowMs - this.#startMs - this.#planned / this.#framesPerMs);
    }
    const frame = this.#frame;
    for (; this.#planned < due; this.#planned += 1) {
      this.#sequence += 1;
      const destination = this.#sequence % this.#destinations;
      frame.writeUInt16BE(Math.floor(this.#sequence / this.#destinations) & 0xffff, 6);
      frame.writeUInt32BE(destination + 1, 8);
      frame.writeUInt32BE(monotonicUs(), SENT_AT_OFFSET);
      this.#outlet.send(destination, frame);
    }
  }
}

let talker: Talker;
let outlet: Outlet;

answerCalls({
  start: async (task: BusTask) => {
    outlet = outletOf(task);
    await outlet.start();
    talker = new Talker(task, outlet);
  },
  talk: () => talker.talk(),
  sample: (): SenderSample => {
    const { skipped, latenessP99Ms } = talker;
    return { atMs: performance.now(), cpuUs: ownCpuUs(), skipped, latenessP99Ms, ...outlet.counts() };
  },
  hush: () => talker.hush(),
});
