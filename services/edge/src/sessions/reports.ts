import type { ClientMessageOf, StreamReport } from '@partyline/protocol';
import type { FieldHistogram } from '@partyline/telemetry';
import type { ReportCounters, Verdict } from './report-counters.ts';
import type { Session } from './session.ts';

/** Whatever a client claims, one report adds no more than this to a counter … */
const MAX_FRAMES = 10_000;
const MAX_VOICE_MS = 10_000;
/** … and no latency is above this, no time of a join above that. */
const MAX_SECONDS = 2;
const MAX_JOIN_SECONDS = 30;
/** What a frame holds where the client does not say how much voice it heard. */
const ASSUMED_FRAME_MS = 20;

/** Voice that takes longer from mouth to ear is late: people begin to talk at the same time (ITU-T G.114). */
const LATE_FROM_MS = 400;
/** Voice of which more is lost or late, or invented, is broken: it is heard, whatever the codec conceals. */
const BROKEN_LOSS = 0.02;
const BROKEN_CONCEALED = 0.05;

export interface ReportsServices {
  counters: ReportCounters;
  /** Measured by clients: from this edge's sending to the client, from there to the ear, and the whole way. */
  downlink: FieldHistogram;
  playout: FieldHistogram;
  mouthToEar: FieldHistogram;
  jitter: FieldHistogram;
  roundTrip: FieldHistogram;
  firstFrame: Pick<FieldHistogram, 'observe'>;
}

/** Takes what clients say about their reception. It is their word: labelled so, clamped, and nothing is steered by it. */
export class Reports {
  readonly #services: ReportsServices;

  constructor(services: ReportsServices) {
    this.#services = services;
  }

  take(session: Session, report: ClientMessageOf<'report'>, nowMs: number): void {
    const { counters, downlink, roundTrip, firstFrame } = this.#services;
    if (session.reports?.take(1, nowMs) === false) {
      counters.refused += 1;
      return;
    }
    counters.reports += 1;
    let received = 0;
    let lost = 0;
    let late = 0;
    for (const stream of report.streams) {
      received += stream.received;
      lost += stream.lost;
      late += stream.late;
      this.#stream(stream);
    }
    counters.receivedFrames += Math.min(received, MAX_FRAMES);
    counters.missingFrames += Math.min(lost, MAX_FRAMES);
    counters.lateFrames += Math.min(late, MAX_FRAMES);
    counters.droppedFrames += Math.min(report.uplinkDropped ?? 0, MAX_FRAMES);
    if (report.downlinkMs !== undefined) downlink.observe(clampedSeconds(report.downlinkMs));
    if (report.rttMs !== undefined) roundTrip.observe(clampedSeconds(report.rttMs));
    if (report.joinMs !== undefined && !session.toldJoin) {
      session.toldJoin = true;
      firstFrame.observe(clampedSeconds(report.joinMs, MAX_JOIN_SECONDS));
    }
  }

  #stream(stream: StreamReport): void {
    const { counters, playout, mouthToEar, jitter } = this.#services;
    if (stream.mouthToEarMs !== undefined) mouthToEar.observe(clampedSeconds(stream.mouthToEarMs));
    if (stream.playoutMs !== undefined) playout.observe(clampedSeconds(stream.playoutMs));
    if (stream.received > 0) jitter.observe(clampedSeconds(stream.jitterMs));
    const heardMs = Math.min(heardMsOf(stream), MAX_VOICE_MS);
    counters.heardMs[verdictOf(stream)] += heardMs;
    counters.concealedMs += Math.min(stream.concealedMs ?? 0, MAX_VOICE_MS);
  }
}

const heardMsOf = ({ heardMs, received }: StreamReport): number => heardMs ?? received * ASSUMED_FRAME_MS;

/** How the voice of one stream was between two reports; broken is worse than late. */
export const verdictOf = (stream: StreamReport): Verdict => {
  const { received, lost, late, concealedMs = 0, mouthToEarMs = 0 } = stream;
  if (lost + late > BROKEN_LOSS * (received + lost)) return 'broken';
  if (concealedMs > BROKEN_CONCEALED * heardMsOf(stream)) return 'broken';
  return mouthToEarMs > LATE_FROM_MS ? 'late' : 'good';
};

const clampedSeconds = (claimMs: number, maxSeconds = MAX_SECONDS): number =>
  Math.min(Math.max(claimMs / 1000, 0), maxSeconds);
