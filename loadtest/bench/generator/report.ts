import { encodeControl } from '@partyline/protocol';
import type { Place } from './place.ts';

const INTERVAL_MS = 2_000;
const FRAME_MS = 20;

/** What a client reports after 2 s in which it heard everybody else who speaks in its room; with every field that it may have. */
export const reportOf = ({ firstPublisher, publishers, streamId: own }: Place): string => {
  const others = Array.from({ length: publishers }, (_, i) => firstPublisher + i).filter((id) => id !== own);
  return encodeControl({
    type: 'report',
    streams: others.map((streamId) => ({
      streamId,
      received: INTERVAL_MS / FRAME_MS,
      lost: 0,
      late: 0,
      jitterMs: about(3),
      heardMs: INTERVAL_MS,
      concealedMs: 0,
      mouthToEarMs: about(90),
      playoutMs: about(60),
    })),
    rttMs: about(12),
    downlinkMs: about(6),
  });
};

/** A figure with all the digits that a mean has. */
const about = (value: number): number => value * (0.5 + Math.random());
