import type { RoomStats, SpeakerStats } from '@partyline/client';

/** Where the time from a mouth to this ear goes, in ms. The parts add up to the whole, but for rounding. */
export interface Way {
  uplinkMs: number;
  edgeMs: number;
  downlinkMs: number;
  playoutMs: number;
  totalMs: number;
}

/** How the line did in one second. */
export interface LineSample {
  /** Any clock that only grows. */
  atMs: number;
  /** Of the speaker heard latest; undefined while nobody is heard. */
  way: Way | undefined;
  rttMs: number | undefined;
  /** The worst of those who are heard. */
  jitterMs: number | undefined;
  bufferedMs: number | undefined;
  /** Frames that should have come: those that did and those that were lost. */
  frames: number;
  /** Shares of these, 0 … 1; undefined when none should have come. */
  lost: number | undefined;
  late: number | undefined;
  /** Share of the voice played that was invented to bridge gaps, 0 … 1. */
  concealed: number | undefined;
  /** Sent, in kbit/s. */
  uplinkKbps: number;
  /** How much longer than at best a frame takes to the server now, in ms. */
  queueMs: number;
  /** Own frames that were too old to be sent. */
  dropped: number;
}

/** Two minutes, one a second. */
export const MAX_SAMPLES = 120;

/** What a sample is the change of. */
interface Counts {
  atMs: number;
  received: number;
  lost: number;
  late: number;
  heardMs: number;
  concealedMs: number;
  sentBytes: number;
  dropped: number;
}

/** The line's last two minutes, second by second. */
export class LineHistory {
  readonly #samples: LineSample[] = [];
  #before: Counts | undefined;

  /** Oldest first. */
  get samples(): readonly LineSample[] {
    return this.#samples;
  }

  /**
   * Takes the room's statistics; once a second.
   * @param nowMs any clock that only grows
   */
  take(stats: RoomStats, nowMs: number): void {
    const now = countsOf(stats, nowMs);
    const before = this.#before;
    this.#before = now;
    if (before === undefined || nowMs <= before.atMs) return;
    this.#samples.push(sampleOf(stats, before, now));
    if (this.#samples.length > MAX_SAMPLES) this.#samples.shift();
  }
}

function countsOf({ downlink, uplink, speakers }: RoomStats, atMs: number): Counts {
  const sum = (of: (speaker: SpeakerStats) => number): number =>
    speakers.reduce((total, speaker) => total + of(speaker), 0);
  return {
    atMs,
    received: downlink.receivedFrames,
    lost: downlink.lostFrames,
    late: downlink.lateFrames,
    heardMs: sum(({ heardMs }) => heardMs),
    concealedMs: sum(({ concealedMs }) => concealedMs),
    sentBytes: uplink.sentBytes,
    dropped: uplink.droppedFrames,
  };
}

function sampleOf({ rttMs, speakers, uplink }: RoomStats, before: Counts, now: Counts): LineSample {
  // Speakers who left take their counts with them, and a late frame takes back the loss that it was counted as.
  const grown = (name: Exclude<keyof Counts, 'atMs'>): number => Math.max(0, now[name] - before[name]);
  const heard = speakers.filter(({ mouthToEarMs }) => mouthToEarMs !== undefined);
  const frames = grown('received') + grown('lost');
  const share = (part: number, whole: number): number | undefined =>
    whole === 0 ? undefined : Math.min(1, part / whole);
  const worst = (of: (speaker: SpeakerStats) => number): number | undefined =>
    heard.length === 0 ? undefined : Math.max(...heard.map(of));
  return {
    atMs: now.atMs,
    way: wayOf(heard),
    rttMs,
    jitterMs: worst(({ jitterMs }) => jitterMs),
    bufferedMs: worst(({ bufferedMs }) => bufferedMs),
    frames,
    lost: share(grown('lost'), frames),
    late: share(grown('late'), frames),
    concealed: share(grown('concealedMs'), grown('heardMs') + grown('concealedMs')),
    // Bits in a millisecond are kilobits in a second.
    uplinkKbps: (8 * grown('sentBytes')) / (now.atMs - before.atMs),
    queueMs: uplink.queueMs,
    dropped: grown('dropped'),
  };
}

/** Of the speaker who is heard latest: the parts of one way add up, those of several would not. */
function wayOf(heard: readonly SpeakerStats[]): Way | undefined {
  let worst: Way | undefined;
  for (const { mouthToEarMs: totalMs, playoutMs, uplinkMs, edgeMs, downlinkMs } of heard) {
    if (totalMs === undefined || playoutMs === undefined) continue;
    if (uplinkMs === undefined || edgeMs === undefined || downlinkMs === undefined) continue;
    if (worst === undefined || totalMs > worst.totalMs)
      worst = { uplinkMs, edgeMs, downlinkMs, playoutMs, totalMs };
  }
  return worst;
}
