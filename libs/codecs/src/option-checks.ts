import type { FrameMs } from './codec.ts';
import { CodecError } from './errors.ts';

/** @throws CodecError `invalid_option` naming the option and its range */
export const integerWithin = (name: string, value: number, min: number, max: number): number => {
  if (!Number.isInteger(value) || value < min || value > max) {
    throw new CodecError('invalid_option', `${name} is ${value}; give a whole number from ${min} to ${max}`);
  }
  return value;
};

/** @throws CodecError `invalid_option` naming the option and what it may be */
export const oneOf = <Value extends number | string>(
  name: string,
  value: Value,
  allowed: readonly Value[],
): Value => {
  if (!allowed.includes(value)) {
    throw new CodecError('invalid_option', `${name} is ${value}; give one of ${allowed.join(', ')}`);
  }
  return value;
};

/** The length of a frame, 20 ms unless given. @throws CodecError `invalid_option` */
export const frameLength = (frameMs: number | undefined, allowed: readonly FrameMs[]): FrameMs =>
  oneOf<number>('frameMs', frameMs ?? 20, allowed) as FrameMs;

/** Checks that a frame to encode has the encoder's length. @throws CodecError `wrong_frame_size` */
export const checkFrame = (pcm: Float32Array, frameSamples: number): void => {
  if (pcm.length !== frameSamples) {
    throw new CodecError(
      'wrong_frame_size',
      `encode was given ${pcm.length} samples; give frames of exactly ${frameSamples} samples`,
    );
  }
};
