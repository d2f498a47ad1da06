import type { TapBlock } from './page-taps.ts';

/** What passed at the two ends of a page, as its taps wrote it down. */
export interface Recordings {
  microphone: TapBlock[];
  loudspeaker: TapBlock[];
}

interface PackedBlock {
  startsAtMs: number;
  sampleRate: number;
  base64: string;
}

/** Recordings as text: structured values of this size take the debugging protocol minutes. */
export interface PackedRecordings {
  microphone: PackedBlock[];
  loudspeaker: PackedBlock[];
}

/** Runs inside the page, so everything it needs is in here. */
export function packRecordings(): PackedRecordings {
  const pack = ({ startsAtMs, sampleRate, samples }: TapBlock): PackedBlock => {
    const bytes = new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength);
    return { startsAtMs, sampleRate, base64: btoa(String.fromCharCode(...bytes)) };
  };
  const { microphone = [], loudspeaker = [] } = window.partylineTaps ?? {};
  return { microphone: microphone.map(pack), loudspeaker: loudspeaker.map(pack) };
}

const unpack = ({ startsAtMs, sampleRate, base64 }: PackedBlock): TapBlock => {
  const bytes = Uint8Array.from(Buffer.from(base64, 'base64'));
  return { startsAtMs, sampleRate, samples: new Int16Array(bytes.buffer) };
};

export const unpackRecordings = ({ microphone, loudspeaker }: PackedRecordings): Recordings => ({
  microphone: microphone.map(unpack),
  loudspeaker: loudspeaker.map(unpack),
});
