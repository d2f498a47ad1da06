/** Why a call cannot work, for programs; the message says what to do. */
export type BackendErrorCode =
  /** A secret is missing or too short to be safe. */
  | 'short_secret'
  /** Something that was to go into a token is out of bounds; the message names it. */
  | 'invalid_claim'
  /** Another option is wrong: the caller's mistake. */
  | 'invalid_option';

/** The caller's own mistake, found before anything is signed or checked; never the result of somebody's input. */
export class BackendError extends Error {
  /** Always `BackendError`. */
  override name = 'BackendError';
  /** What to go by in programs. */
  readonly code: BackendErrorCode;
  constructor(code: BackendErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
