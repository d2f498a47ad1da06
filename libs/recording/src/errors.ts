/**
 * `storage_failed`: what was recorded could not be written. `too_slow`: it could not be written fast enough.
 * `invalid_option`: the caller's mistake. `no_consent`: the room could not be told that it is recorded.
 */
export type RecordingErrorCode = 'storage_failed' | 'too_slow' | 'invalid_option' | 'no_consent';

/** Anything that goes wrong with a recording; the message is a sentence that says what to do. */
export class RecordingError extends Error {
  override name = 'RecordingError';
  readonly code: RecordingErrorCode;

  constructor(code: RecordingErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
