import { DEFAULT_OPUS_BITRATE, type OpusEncoderOptions, VOICE_SAMPLE_RATE } from './codec.ts';
import { CodecError } from './errors.ts';

/** Encoder options with every default filled in and every range checked. */
export type ResolvedEncoderOptions = Required<Omit<OpusEncoderOptions, 'engine' | 'onError'>> &
  Pick<OpusEncoderOptions, 'onError'> & { frameSamples: number };

const FRAME_LENGTHS_MS = [10, 20, 40, 60];

function integerWithin(name: string, value: number, min: number, max: number): number {
  if (!Number.isInteger(value) || value < min || value > max) {
    throw new CodecError('invalid_option', `${name} is ${value}; give a whole number from ${min} to ${max}`);
  }
  return value;
}

/** Checks a bitrate in bit/s. @throws CodecError `invalid_option` */
export function checkBitrate(bps: number): number {
  return integerWithin('bitrate', bps, 6000, 510000);
}

/** Checks the length of a frame to conceal. @throws CodecError `invalid_option` */
export function checkFrameSamples(frameSamples: number): number {
  if (
    !Number.isInteger(frameSamples) ||
    frameSamples < 120 ||
    frameSamples > 5760 ||
    frameSamples % 120 !== 0
  ) {
    throw new CodecError(
      'invalid_option',
      `frameSamples is ${frameSamples}; give a multiple of 120 up to 5760`,
    );
  }
  return frameSamples;
}

/** Fills in defaults. @throws CodecError `invalid_option` naming the option and its range */
export function resolveEncoderOptions(options: OpusEncoderOptions): ResolvedEncoderOptions {
  const frameMs = options.frameMs ?? 20;
  if (!FRAME_LENGTHS_MS.includes(frameMs)) {
    throw new CodecError(
      'invalid_option',
      `frameMs is ${frameMs}; give one of ${FRAME_LENGTHS_MS.join(', ')}`,
    );
  }
  return {
    bitrate: checkBitrate(options.bitrate ?? DEFAULT_OPUS_BITRATE),
    frameMs,
    frameSamples: (VOICE_SAMPLE_RATE / 1000) * frameMs,
    fec: options.fec ?? true,
    expectedLossPercent: integerWithin('expectedLossPercent', options.expectedLossPercent ?? 10, 0, 100),
    dtx: options.dtx ?? false,
    complexity: integerWithin('complexity', options.complexity ?? 7, 0, 10),
    onError: options.onError,
  };
}

/** Checks that a frame to encode has the encoder's length. @throws CodecError `wrong_frame_size` */
export function checkFrame(pcm: Float32Array, frameSamples: number): void {
  if (pcm.length !== frameSamples) {
    throw new CodecError(
      'wrong_frame_size',
      `encode was given ${pcm.length} samples; give frames of exactly ${frameSamples} samples`,
    );
  }
}
