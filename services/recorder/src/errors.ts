/** `full`: as many recordings as this recorder takes. `already_recording`: one of this room runs. `failed`: it could not begin. */
export type RecorderErrorCode = 'full' | 'already_recording' | 'failed';

/** Why a recording does not begin; the message is a sentence that says what to do. */
export class RecorderError extends Error {
  override name = 'RecorderError';
  readonly code: RecorderErrorCode;

  constructor(code: RecorderErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
