import { answerCalls } from '../../processes/child-calls.ts';
import { ownCpuUs } from '../../processes/own-cpu.ts';
import type { BusKind, BusTask } from '../shape.ts';
import { type Inlet, type InletCounts, inletOf } from './inlet.ts';

/** What came while the window was open. */
export interface InletWindow {
  p50Ms: number;
  p99Ms: number;
  p999Ms: number;
  /** Share of its core that the receiving process took. */
  share: number;
}

const inlets = new Map<BusKind, Inlet>();
const inlet = (kind: BusKind): Inlet => {
  const found = inlets.get(kind);
  if (found === undefined) throw new Error(`nothing of kind "${kind}" is listened to`);
  return found;
};
let opened = { atMs: 0, cpuUs: 0 };
const now = (): typeof opened => ({ atMs: performance.now(), cpuUs: ownCpuUs() });

answerCalls({
  listen: async (task: BusTask) => {
    const listening = inletOf(task);
    await listening.start();
    inlets.set(task.kind, listening);
  },
  open: (kind: BusKind) => {
    opened = now();
    inlet(kind).latencies.reset();
    inlet(kind).isRecording = true;
  },
  close: (kind: BusKind): InletWindow => {
    const { latencies } = inlet(kind);
    inlet(kind).isRecording = false;
    const closed = now();
    return {
      p50Ms: latencies.quantile(0.5),
      p99Ms: latencies.quantile(0.99),
      p999Ms: latencies.quantile(0.999),
      share: (closed.cpuUs - opened.cpuUs) / 1000 / (closed.atMs - opened.atMs),
    };
  },
  counts: (kind: BusKind): InletCounts => inlet(kind).counts(),
});
