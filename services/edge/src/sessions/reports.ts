import type { ClientMessageOf } from '@partyline/protocol';
import type { FieldHistogram } from '@partyline/telemetry';
import type { EdgeCounters } from '../counters.ts';

/** Whatever a client claims, one report adds no more than this to a counter, and no latency is above this. */
const MAX_FRAMES = 10_000;
const MAX_SECONDS = 2;

export interface ReportsServices {
  counters: EdgeCounters;
  /** From this edge's sending to the client, by the client's clock. */
  downlink: FieldHistogram;
  mouthToEar: FieldHistogram;
}

/** Takes what clients say about their reception. It is their word: labelled so, clamped, and nothing is steered by it. */
export class Reports {
  readonly #services: ReportsServices;

  constructor(services: ReportsServices) {
    this.#services = services;
  }

  take(report: ClientMessageOf<'report'>): void {
    const { counters, downlink, mouthToEar } = this.#services;
    counters.reports += 1;
    let received = 0;
    let lost = 0;
    let late = 0;
    for (const stream of report.streams) {
      received += stream.received;
      lost += stream.lost;
      late += stream.late;
      if (stream.mouthToEarMs !== undefined) {
        mouthToEar.observe(clampedSeconds(stream.mouthToEarMs));
      }
    }
    counters.reportedFrames += Math.min(received, MAX_FRAMES);
    counters.reportedLost += Math.min(lost, MAX_FRAMES);
    counters.reportedLate += Math.min(late, MAX_FRAMES);
    if (report.downlinkMs !== undefined) downlink.observe(clampedSeconds(report.downlinkMs));
  }
}

const clampedSeconds = (claimMs: number): number => Math.min(Math.max(claimMs / 1000, 0), MAX_SECONDS);
