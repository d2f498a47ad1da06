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

/** A packet lies so far from when it was captured, at most: another one that is like it does not count. */
const NEAR_MS = 100;
/** As bad as a packet that is missing is one that lies so far off. */
const MISSING_MS = 1_000;
/** What a pairing does next; else the packet that was sent is missing. */
const PAIRED = 1;
const FILLING = 2;

/**
 * Finds the packets that were sent in a track, in their order. Packets of silence are all alike, and some may never have come: of all
 * ways to pair them, the one in which most are found, and those nearest to their times.
 * @param originMs cluster time of the file's beginning
 */
export const compareTrack = (
  file: readonly FilePacket[],
  sent: readonly { payload: Uint8Array; capturedAtMs: number }[],
  originMs: number,
): TrackComparison => {
  const columns = file.length + 1;
  const steps = new Uint8Array(sent.length * columns);
  const offMs = (i: number, j: number): number =>
    Math.abs(file[j]!.atMs - (sent[i]!.capturedAtMs - originMs));
  // What it costs to pair all that was sent from one on with all of the file from one on: from the last to the first.
  let behind = new Float64Array(columns);
  for (let i = sent.length - 1; i >= 0; i -= 1) {
    const payload = Buffer.from(sent[i]!.payload);
    const costs = new Float64Array(columns);
    costs[file.length] = behind[file.length]! + MISSING_MS;
    for (let j = file.length - 1; j >= 0; j -= 1) {
      const missing = behind[j]! + MISSING_MS;
      const filling = costs[j + 1]!;
      const canPair = offMs(i, j) <= NEAR_MS && payload.equals(file[j]!.payload);
      const paired = canPair ? behind[j + 1]! + offMs(i, j) : Number.POSITIVE_INFINITY;
      costs[j] = Math.min(paired, missing, filling);
      if (costs[j] === paired) steps[i * columns + j] = PAIRED;
      else if (costs[j] === filling) steps[i * columns + j] = FILLING;
    }
    behind = costs;
  }
  const result: TrackComparison = { found: 0, missing: 0, filling: 0, worstMs: 0 };
  let j = 0;
  for (let i = 0; i < sent.length; i += 1) {
    while (steps[i * columns + j] === FILLING) j += 1;
    if (steps[i * columns + j] !== PAIRED) continue;
    result.found += 1;
    result.worstMs = Math.max(result.worstMs, offMs(i, j));
    j += 1;
  }
  result.missing = sent.length - result.found;
  result.filling = file.length - result.found;
  return result;
};
