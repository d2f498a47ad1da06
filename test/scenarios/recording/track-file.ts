import { ALL_FORMATS, EncodedPacketSink, FilePathSource, Input } from 'mediabunny';

/** A packet of a file, and where it lies in it. */
export interface FilePacket {
  payload: Uint8Array;
  /** Of its first sample, from the beginning of the file, pre-skip left out. */
  atMs: number;
}

/** RFC 7845, 4.2. */
const PRE_SKIP_MS = 6.5;

/** Every packet of an Ogg or WebM file with Opus, silence included. */
export const packetsOf = async (path: string): Promise<FilePacket[]> => {
  const input = new Input({ formats: ALL_FORMATS, source: new FilePathSource(path) });
  const track = await input.getPrimaryAudioTrack();
  if (track === null) throw new Error(`${path} has no sound`);
  const packets: FilePacket[] = [];
  for await (const packet of new EncodedPacketSink(track).packets()) {
    // WebM counts what is skipped as time, Ogg does not.
    const skippedMs = path.endsWith('.ogg') ? PRE_SKIP_MS : 0;
    packets.push({ payload: packet.data, atMs: packet.timestamp * 1_000 + skippedMs });
  }
  return packets;
};

/** How the packets of a speaker lie in a track. */
export interface TrackComparison {
  /** Found byte for byte, in their order. */
  found: number;
  missing: number;
  /** Packets between them that nobody sent: silence and concealment. */
  filling: number;
  /** The greatest distance between where a packet lies and when it was captured, ms. */
  worstMs: number;
}

/** @param originMs cluster time of the file's beginning */
export const compareTrack = (
  file: readonly FilePacket[],
  sent: readonly { payload: Uint8Array; capturedAtMs: number }[],
  originMs: number,
): TrackComparison => {
  const result: TrackComparison = { found: 0, missing: 0, filling: 0, worstMs: 0 };
  let at = 0;
  for (const { payload, capturedAtMs } of sent) {
    const index = placeOf(file, at, payload, capturedAtMs - originMs);
    if (index < 0) {
      result.missing += 1;
      continue;
    }
    result.filling += index - at;
    at = index + 1;
    result.found += 1;
    result.worstMs = Math.max(result.worstMs, Math.abs(file[index]!.atMs - (capturedAtMs - originMs)));
  }
  result.filling += file.length - at;
  return result;
};

/**
 * Packets of silence are all alike: of several the one nearest in time is meant, and one that never came is not some other, far away,
 * behind which everything between would count as missing.
 */
const NEAR_MS = 100;

/** Where a packet lies, from `from` on; −1 if nowhere near its time. */
const placeOf = (
  file: readonly FilePacket[],
  from: number,
  payload: Uint8Array,
  expectedMs: number,
): number => {
  const isIt = (packet: FilePacket): boolean => Buffer.compare(packet.payload, payload) === 0;
  let best = -1;
  let bestMs = NEAR_MS;
  for (let i = from; i < file.length && file[i]!.atMs <= expectedMs + NEAR_MS; i += 1) {
    const offMs = Math.abs(file[i]!.atMs - expectedMs);
    if (offMs >= bestMs || !isIt(file[i]!)) continue;
    best = i;
    bestMs = offMs;
  }
  return best;
};
