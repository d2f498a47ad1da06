import { GRID_SAMPLES, MAX_PACKET_SAMPLES } from '../units.ts';

// The first byte of a packet (RFC 6716, 3.1): five bits of configuration, one for stereo, two for the number of frames.
const COUNT_BITS = 0x03;
const TWO_EQUAL = 1;
const TWO_DIFFERENT = 2;
const ANY_NUMBER = 3;
/** Samples at 48 kHz of one frame, by configuration (RFC 6716, table 2). */
const SILK_SAMPLES = [480, 960, 1_920, 2_880] as const;
const HYBRID_SAMPLES = [480, 960] as const;
const CELT_SAMPLES = [120, 240, 480, 960] as const;

const frameSamples = (head: number): number => {
  const configuration = head >> 3;
  if (configuration < 12) return SILK_SAMPLES[configuration & 3]!;
  return configuration < 16 ? HYBRID_SAMPLES[configuration & 1]! : CELT_SAMPLES[configuration & 3]!;
};

/**
 * How long a packet sounds, in samples at 48 kHz, as the packet itself says.
 * @returns undefined for what is no packet: empty, longer than 120 ms, or without a frame
 */
export const packetSamples = (packet: Uint8Array): number | undefined => {
  const head = packet[0];
  if (head === undefined) return undefined;
  const code = head & COUNT_BITS;
  let frames = 1;
  if (code === TWO_EQUAL || code === TWO_DIFFERENT) frames = 2;
  if (code === ANY_NUMBER) frames = (packet[1] ?? 0) & 0x3f;
  const samples = frames * frameSamples(head);
  return samples === 0 || samples > MAX_PACKET_SAMPLES ? undefined : samples;
};

/** CELT, full band, mono; the configuration's last two bits are the length of a frame. */
const CELT_FULL_BAND = 28;
/** A CELT frame that says no more than that there is silence (RFC 6716, 4.3: the flag `silence`). */
const SILENT_FRAME = [0xff, 0xfe] as const;
/** The longest silence in one packet: six frames of 20 ms. */
const LONGEST = { samples: MAX_PACKET_SAMPLES, frames: 6, configuration: CELT_FULL_BAND + 3 } as const;

/** A packet of filling, and how long it is. */
export interface Filling {
  payload: Uint8Array;
  samples: number;
}

const silentPacket = (configuration: number, frames: number): Uint8Array => {
  if (frames === 1) return Uint8Array.of(configuration << 3, ...SILENT_FRAME);
  const body = Array.from({ length: frames }, () => SILENT_FRAME).flat();
  // Code 3, all frames equally long, no padding (RFC 6716, 3.2.5).
  return Uint8Array.of((configuration << 3) | ANY_NUMBER, frames, ...body);
};

const LONGEST_SILENCE: Filling = {
  payload: silentPacket(LONGEST.configuration, LONGEST.frames),
  samples: LONGEST.samples,
};

/** Digital silence of `samples`, a multiple of 2.5 ms, in as few packets as it takes. */
export function* silence(samples: number): Generator<Filling> {
  let left = samples;
  for (; left >= LONGEST.samples; left -= LONGEST.samples) yield LONGEST_SILENCE;
  for (let size = 3; size >= 0; size -= 1) {
    const one = GRID_SAMPLES << size;
    const frames = Math.floor(left / one);
    if (frames === 0) continue;
    yield { payload: silentPacket(CELT_FULL_BAND + size, frames), samples: frames * one };
    left -= frames * one;
  }
}

/**
 * Stands for frames that never came: a decoder conceals them (RFC 7845, 4.1). They are of the kind of the frame before,
 * and empty.
 * @param like the packet before
 */
export function* concealed(like: Uint8Array, samples: number): Generator<Filling> {
  const head = like[0] ?? 0;
  const one = frameSamples(head);
  let left = samples;
  for (; left >= one; left -= one) yield { payload: Uint8Array.of(head & ~COUNT_BITS), samples: one };
  yield* silence(left);
}
