import type { RoomStats, SpeakerStats } from '@partyline/client';
import type { LineSample } from './line-history.ts';

export const speakerStats = (more: Partial<SpeakerStats> = {}): SpeakerStats => ({
  streamId: 7,
  identity: 'guest-secret',
  receivedFrames: 0,
  lostFrames: 0,
  lateFrames: 0,
  jitterMs: 3,
  heardMs: 0,
  bufferedMs: 50,
  concealedMs: 0,
  mouthToEarMs: 92,
  playoutMs: 60,
  uplinkMs: 20,
  edgeMs: 2,
  downlinkMs: 10,
  ...more,
});

export const roomStats = (
  more: Partial<Omit<RoomStats, 'uplink' | 'downlink'>> = {},
  uplink: Partial<RoomStats['uplink']> = {},
  downlink: Partial<RoomStats['downlink']> = {},
): RoomStats => ({
  rttMs: 24,
  clockOffsetMs: 0,
  uplink: { sentFrames: 0, sentBytes: 0, droppedFrames: 0, bufferedBytes: 0, ...uplink },
  downlink: {
    receivedFrames: 0,
    receivedBytes: 0,
    lostFrames: 0,
    lateFrames: 0,
    duplicateFrames: 0,
    skippedFrames: 0,
    malformedMessages: 0,
    gapMessages: 0,
    latencyMs: 10,
    ...downlink,
  },
  speakers: [speakerStats()],
  mouthToEarMs: 92,
  joinMs: undefined,
  reconnects: 0,
  moves: 0,
  ...more,
});

export const lineSample = (more: Partial<LineSample> = {}): LineSample => ({
  atMs: 0,
  way: { uplinkMs: 20, edgeMs: 2, downlinkMs: 10, playoutMs: 60, totalMs: 92 },
  rttMs: 24,
  jitterMs: 3,
  bufferedMs: 50,
  frames: 50,
  lost: 0,
  late: 0,
  concealed: 0,
  uplinkKbps: 32,
  dropped: 0,
  ...more,
});
