import { VOICE_SAMPLE_RATE } from '../codec.ts';
import { CodecError } from '../errors.ts';
import { frameLength, integerWithin } from '../option-checks.ts';
import { DEFAULT_OPUS_BITRATE, type OpusEncoderOptions } from './opus-options.ts';

/** Encoder options with every default filled in and every range checked. */
export type ResolvedEncoderOptions = Required<Omit<OpusEncoderOptions, 'engine' | 'onError'>> &
  Pick<OpusEncoderOptions, 'onError'> & { frameSamples: number };

const FRAME_LENGTHS_MS = [10, 20, 40, 60] as const;

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
  const frameMs = frameLength(options.frameMs, FRAME_LENGTHS_MS);
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
