import { encodeControl } from '@partyline/protocol';
import type { Repeated } from './wire.ts';

/** How often a client and an edge say what, a second (protocol rules 27, 29, 41, 44 and 47). */
const ACKS_PER_SECOND = 5;
const REPORTS_PER_SECOND = 0.5;
const PINGS_PER_SECOND = 0.2;
const RECEIPTS_PER_SECOND = 5;
const HEARTBEATS_PER_SECOND = 1;

/** An hour into a call; sizes go by the number of digits. */
const NOW_MS = 1_790_000_000_000;
const SEQUENCE = 200_000;

const bytesOf = (message: Parameters<typeof encodeControl>[0]): number =>
  Buffer.byteLength(encodeControl(message));

/**
 * What a client says beside its voice.
 * @param heard streams of others
 * @param acknowledges whether it receives any messages of voice, with its own frames or others'
 */
export const controlUp = (heard: number, acknowledges: boolean): Repeated[] => {
  const streams = Array.from({ length: heard }, (_, index) => ({
    streamId: index + 1,
    received: 100,
    lost: 0,
    late: 0,
    jitterMs: 1.234567890123456,
    heardMs: 2_000,
    concealedMs: 0,
    mouthToEarMs: 123.4567890123456,
    playoutMs: 65.43210987654321,
  }));
  const rttMs = 40.12345678901234;
  return [
    ...(acknowledges
      ? [{ bytes: bytesOf({ type: 'ack', topic: 1, sequence: SEQUENCE }), perSecond: ACKS_PER_SECOND }]
      : []),
    {
      bytes: bytesOf({ type: 'report', streams, rttMs, downlinkMs: 20.12345678901234 }),
      perSecond: REPORTS_PER_SECOND,
    },
    { bytes: bytesOf({ type: 'ping', id: 1_000, t0: NOW_MS + 0.123 }), perSecond: PINGS_PER_SECOND },
  ];
};

/** What an edge says to a client beside the voice of others. @param talks whether it sends voice, which is confirmed */
export const controlDown = (talks: boolean): Repeated[] => [
  { bytes: bytesOf({ type: 'heartbeat', time: NOW_MS + 0.123 }), perSecond: HEARTBEATS_PER_SECOND },
  {
    bytes: bytesOf({ type: 'pong', id: 1_000, t0: NOW_MS + 0.123, t1: NOW_MS + 0.123, t2: NOW_MS + 0.123 }),
    perSecond: PINGS_PER_SECOND,
  },
  ...(talks
    ? [{ bytes: bytesOf({ type: 'receipt', sequence: SEQUENCE }), perSecond: RECEIPTS_PER_SECOND }]
    : []),
];
