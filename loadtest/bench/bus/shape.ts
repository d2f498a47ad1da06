import { inboxChannel } from '@partyline/bus';

/** What one edge sends to others. */
export interface BusShape {
  name: string;
  destinations: number;
  /** To each destination. */
  framesPerSecond: number;
}

/** `frames`: plain ioredis, each frame a PUBLISH of its own. `nothing`: frames are made and go nowhere. */
export type BusKind = 'frames' | 'bundles' | 'nothing';

export interface BusTask {
  /** Of a redis-server. */
  url: string;
  kind: BusKind;
  shape: BusShape;
}

export const oneDestination: BusShape = { name: '1 x 20,000', destinations: 1, framesPerSecond: 20_000 };
export const tenDestinations: BusShape = { name: '10 x 1,000', destinations: 10, framesPerSecond: 1_000 };

/** Of each frame, header included: Opus at 32 kbit/s in frames of 20 ms. */
export const FRAME_BYTES = 100;
const REGION = 'bench';
export const SENDER_BOOT = '0a1b2c3d-4e5f-4a7b-8c9d-000000000001';
export const RECEIVER_BOOT = 'f0000000-0000-4000-8000-000000000002';

/** The kinds run on one server, so each has channels of its own. */
export const channelsOf = ({ kind, shape }: Pick<BusTask, 'kind' | 'shape'>): string[] =>
  Array.from({ length: shape.destinations }, (_, i) =>
    inboxChannel({ prefix: `bench-${kind}`, region: REGION, edge: `edge-${i}`, boot: RECEIVER_BOOT }),
  );

/** Where in a frame stands when it was sent: in µs of the machine's monotonic clock, which all processes share. */
export const SENT_AT_OFFSET = 16;

/** The monotonic clock's time when `performance.now()` was 0, read where both clocks were read closest together. */
const readOffsetMs = (): number => {
  let offsetMs = 0;
  let leastGapMs = Number.POSITIVE_INFINITY;
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const beforeMs = performance.now();
    const monotonicMs = Number(process.hrtime.bigint()) / 1e6;
    const gapMs = performance.now() - beforeMs;
    if (gapMs >= leastGapMs) continue;
    leastGapMs = gapMs;
    offsetMs = monotonicMs - beforeMs - gapMs / 2;
  }
  return offsetMs;
};
const offsetMs = readOffsetMs();

export const monotonicUs = (): number => Math.floor((performance.now() + offsetMs) * 1000) >>> 0;
