import type { ClientMessageOf, StreamReport } from '@partyline/protocol';
import type { ClockSync } from './clock-sync.ts';
import type { EdgeLink } from './edge-link.ts';
import type { SessionMedia } from './session-media.ts';
import type { PlayoutReading, PlayoutTotals, RoomStats, SpeakerStats } from './stats.ts';

/** What statistics are made of. */
export interface StatisticsSources {
  media: Pick<SessionMedia, 'uplink' | 'downlink' | 'joinTimer'>;
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
  playout: (() => readonly PlayoutReading[]) | undefined;
  readonly #sources: StatisticsSources;
  /** What the play-out had told when the last report left, by stream. */
  #reported = new Map<number, PlayoutReading>();
  #reportedDropped = 0;

  constructor(sources: StatisticsSources) {
    this.#sources = sources;
  }

  snapshot(): RoomStats {
    const { media, clock } = this.#sources;
    const { uplink, downlink, joinTimer } = media;
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
        heardMs: stream.heardMs,
        bufferedMs: reading?.bufferedMs ?? 0,
        bufferTargetMs: reading?.bufferTargetMs,
        concealedMs: reading?.concealedMs ?? 0,
        mouthToEarMs: delayMs,
        playoutMs: reading?.playoutMs,
        uplinkMs: stream.hops.last?.uplinkMs,
        edgeMs: stream.hops.last?.edgeMs,
        downlinkMs: stream.hops.last?.downlinkMs,
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
      joinMs: joinTimer.joinMs,
      reconnects: this.#sources.reconnects(),
      moves: this.#sources.moves(),
    };
  }

  /** Tells an edge what happened since the last report, to whichever edge that went. */
  reportTo(link: EdgeLink | undefined): void {
    const report = link && this.#takeReport();
    if (report !== undefined) link?.send(report);
  }

  /** What happened since the last report; undefined when there is nothing to tell. */
  #takeReport(): ClientMessageOf<'report'> | undefined {
    const { media, clock } = this.#sources;
    const { uplink, downlink, joinTimer } = media;
    const readings = this.#readings();
    const streams = downlink.takeReport().slice(0, MAX_REPORTED);
    for (const report of streams) this.#addPlayout(report, readings.get(report.streamId));
    const { rttMs } = clock;
    const downlinkMs = downlink.takeLatencyMs();
    const { droppedFrames } = uplink.stats;
    const uplinkDropped = droppedFrames - this.#reportedDropped;
    this.#reportedDropped = droppedFrames;
    const joinMs = joinTimer.take();
    const traced = downlink.traced.take(
      clock.now(),
      (streamId, sequence) =>
        readings.get(streamId)?.played?.find((frame) => frame.sequence === sequence)?.playedAtMs,
    );
    for (const streamId of this.#reported.keys()) {
      if (!downlink.streams.has(streamId)) this.#reported.delete(streamId);
    }
    const news = streams.length + traced.length + uplinkDropped;
    if (news === 0 && rttMs === undefined && joinMs === undefined) return undefined;
    return {
      type: 'report',
      streams,
      ...(rttMs === undefined ? {} : { rttMs: Math.min(rttMs, 600_000) }),
      ...(downlinkMs === undefined ? {} : { downlinkMs: claimable(downlinkMs) }),
      ...(uplinkDropped === 0 ? {} : { uplinkDropped }),
      ...(joinMs === undefined ? {} : { joinMs: Math.min(joinMs, 600_000) }),
      ...(traced.length === 0 ? {} : { traced }),
    };
  }

  #addPlayout(report: StreamReport, reading: PlayoutReading | undefined): void {
    if (reading === undefined) return;
    const before = this.#reported.get(report.streamId);
    this.#reported.set(report.streamId, reading);
    report.late += grown(reading.lateFrames, before?.lateFrames);
    report.concealedMs = Math.min(600_000, grown(reading.concealedMs, before?.concealedMs));
    const { totals } = reading;
    if (totals === undefined) {
      if (reading.mouthToEarMs !== undefined) report.mouthToEarMs = claimable(reading.mouthToEarMs);
      return;
    }
    const since = sinceThen(totals, before?.totals);
    if (since.frames === 0) return;
    report.mouthToEarMs = claimable(since.mouthToEarMs / since.frames);
    report.playoutMs = claimable(since.playoutMs / since.frames);
  }

  #readings(): Map<number, PlayoutReading> {
    return new Map(this.playout?.().map((reading) => [reading.streamId, reading]));
  }
}

/** Clocks that are not in step yet could claim anything, and the edge would refuse the whole report. */
const claimable = (delayMs: number): number => Math.min(600_000, Math.max(-60_000, delayMs));

/** By how much a count grew; all of it when it has begun anew, as with another play-out. */
const grown = (now: number, then = 0): number => (then > now ? now : now - then);

/** What came on top; all of it when the sums have begun anew. */
const sinceThen = (now: PlayoutTotals, then: PlayoutTotals | undefined): PlayoutTotals =>
  then === undefined || then.frames > now.frames
    ? now
    : {
        frames: now.frames - then.frames,
        mouthToEarMs: now.mouthToEarMs - then.mouthToEarMs,
        playoutMs: now.playoutMs - then.playoutMs,
      };
