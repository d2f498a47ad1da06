/** What went wrong in a codec; stable, fit for counting by label. */
export type CodecErrorCode =
  /** There is no codec of that name, or its package was not registered. */
  | 'unknown_codec'
  /** An option is outside its range; the message names the option and its range. */
  | 'invalid_option'
  /** The asked-for engine is not there (no WebCodecs, or it has no Opus). */
  | 'engine_unavailable'
  /** A running engine failed by itself, for a reason that is not the packet. */
  | 'engine_failed'
  /** The packet is not decodable; the stream goes on with the next one. */
  | 'corrupt_packet'
  /** `encode` was given a frame of another length than `frameSamples`. */
  | 'wrong_frame_size';

/** The only error type that `@partyline/codecs` throws or reports. */
export class CodecError extends Error {
  override readonly name = 'CodecError';
  readonly code: CodecErrorCode;

  constructor(code: CodecErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
