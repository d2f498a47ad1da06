export type TokenKeyErrorCode = 'short_secret' | 'bad_key' | 'duplicate_key' | 'no_keys';

/** A key that cannot be used, found while setting up; never the result of checking somebody's token. */
export class TokenKeyError extends Error {
  override name = 'TokenKeyError';
  readonly code: TokenKeyErrorCode;
  constructor(code: TokenKeyErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
