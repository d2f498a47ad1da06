import type { ClientMessageOf, StreamReport } from '@partyline/protocol';
import type { ClockSync } from './clock-sync.ts';
import type { Downlink } from './downlink.ts';
import type { PlayoutReading, RoomStats, SpeakerStats } from './stats.ts';
import type { Uplink } from './uplink.ts';

/** What statistics are made of. */
export interface StatisticsSources {
  uplink: Uplink;
  downlink: Downlink;
  clock: ClockSync;
  identityOf(streamId: number): string;
  reconnects(): number;
  moves(): number;
}

/** Streams in one receiver report at most; protocol limit. */
const MAX_REPORTED = 64;

/** Puts together what link, streams and play-out know: for `getStats()` and for the edge's reports. */
export class Statistics {
  /** Told by whatever plays the voice here, if anything does. */
  playout: (() => PlayoutReading[]) | undefined;
  readonly #sources: StatisticsSources;
  /** Late frames of the play-out that were reported already, by stream. */
  readonly #reportedLate = new Map<number, number>();

  constructor(sources: StatisticsSources) {
    this.#sources = sources;
  }

  snapshot(): RoomStats {
    const { uplink, downlink, clock } = this.#sources;
    const readings = this.#readings();
    const speakers: SpeakerStats[] = [];
    let lateInPlayout = 0;
    let worstMs: number | undefined;
    const newestFirst = [...downlink.streams].sort((a, b) => b[1].lastHeardMs - a[1].lastHeardMs);
    for (const [streamId, stream] of newestFirst) {
      const reading = readings.get(streamId);
      lateInPlayout += reading?.lateFrames ?? 0;
      const delayMs = reading?.mouthToEarMs;
      if (delayMs !== undefined && (worstMs === undefined || delayMs > worstMs)) worstMs = delayMs;
      speakers.push({
        streamId,
        identity: this.#sources.identityOf(streamId),
        receivedFrames: stream.receivedFrames,
        lostFrames: stream.lostFrames,
        lateFrames: stream.lateFrames + (reading?.lateFrames ?? 0),
        jitterMs: stream.jitterMs,
        bufferedMs: reading?.bufferedMs ?? 0,
        concealedMs: reading?.concealedMs ?? 0,
        mouthToEarMs: delayMs,
      });
    }
    const down = downlink.stats;
    return {
      rttMs: clock.rttMs,
      clockOffsetMs: clock.offsetMs,
      uplink: uplink.stats,
      downlink: { ...down, lateFrames: down.lateFrames + lateInPlayout },
      speakers,
      mouthToEarMs: worstMs,
      reconnects: this.#sources.reconnects(),
      moves: this.#sources.moves(),
    };
  }

  /** What happened since the last report; undefined when there is nothing to tell. */
  takeReport(): ClientMessageOf<'report'> | undefined {
    const readings = this.#readings();
    const streams = this.#sources.downlink.takeReport().slice(0, MAX_REPORTED);
    for (const report of streams) this.#addPlayout(report, readings.get(report.streamId));
    const { rttMs } = this.#sources.clock;
    const downlinkMs = this.#sources.downlink.takeLatencyMs();
    if (streams.length === 0 && rttMs === undefined) return undefined;
    return {
      type: 'report',
      streams,
      ...(rttMs === undefined ? {} : { rttMs: Math.min(rttMs, 600_000) }),
      ...(downlinkMs === undefined ? {} : { downlinkMs: claimable(downlinkMs) }),
    };
  }

  #addPlayout(report: StreamReport, reading: PlayoutReading | undefined): void {
    if (reading === undefined) return;
    const before = this.#reportedLate.get(report.streamId) ?? 0;
    this.#reportedLate.set(report.streamId, reading.lateFrames);
    report.late += Math.max(0, reading.lateFrames - before);
    if (reading.mouthToEarMs !== undefined) report.mouthToEarMs = claimable(reading.mouthToEarMs);
  }

  #readings(): Map<number, PlayoutReading> {
    return new Map(this.playout?.().map((reading) => [reading.streamId, reading]));
  }
}

/** Clocks that are not in step yet could claim anything, and the edge would refuse the whole report. */
const claimable = (delayMs: number): number => Math.min(600_000, Math.max(-60_000, delayMs));
