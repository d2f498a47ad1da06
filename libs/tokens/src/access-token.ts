import { createSecretKey, type KeyObject } from 'node:crypto';
import { MIN_SECRET_BYTES } from '@partyline/backend';
import { type AccessClaims, accessClaimsSchema } from './claims.ts';
import { TokenKeyError } from './errors.ts';
import { checkSignature, TICKET_TYPE, unverifiedPayload } from './signed-token.ts';

/** What a customer's backend signs with. */
export interface ApiKey {
  id: string;
  /** At least {@link MIN_SECRET_BYTES} bytes as UTF-8. */
  secret: string;
}

export type AccessTokenFault = 'expired' | 'not_yet_valid' | 'forged' | 'unknown_key' | 'malformed';
export type AccessTokenResult =
  | { ok: true; claims: AccessClaims }
  /** `detail` is a sentence for the token's owner; it never quotes the token. */
  | { ok: false; reason: AccessTokenFault; detail: string };

/** A backend's clock may be this far ahead before its tokens count as not yet valid. */
const NOT_BEFORE_LEEWAY_SECONDS = 10;

/** Checks access tokens against API keys: two at once while a customer rotates one. */
export class AccessTokenVerifier {
  readonly #keys = new Map<string, KeyObject>();
  readonly #clock: { now(): number };

  /**
   * @param keys none is allowed: then every token is refused as of an unknown key
   * @throws TokenKeyError for a secret that is too short or an id that comes twice
   */
  constructor(keys: readonly ApiKey[], clock: { now(): number }) {
    for (const key of keys) {
      if (this.#keys.has(key.id)) {
        throw new TokenKeyError('duplicate_key', `API key "${key.id}" is given twice; ids must differ.`);
      }
      this.#keys.set(key.id, secretKey(key));
    }
    this.#clock = clock;
  }

  /** Never throws, whatever the text. */
  async verify(token: string): Promise<AccessTokenResult> {
    const checked = await checkSignature(token, {
      algorithm: 'HS256',
      keys: this.#keys,
      acceptsType: (type) => type !== TICKET_TYPE,
      // Most JWT libraries write no "kid" unless told; the issuer is the key's id anyway.
      defaultKeyId: (text) => {
        const issuer = unverifiedPayload(text)?.iss;
        return typeof issuer === 'string' ? issuer : undefined;
      },
    });
    if (!checked.ok) return checked;
    const parsed = accessClaimsSchema.safeParse(checked.payload);
    if (!parsed.success) {
      const issue = parsed.error.issues[0];
      return malformed(`Claim "${issue?.path.join('.') ?? ''}": ${issue?.message ?? 'is wrong'}.`);
    }
    if (parsed.data.iss !== checked.keyId) return malformed('Claim "iss" must be the id of the signing key.');
    const nowSeconds = this.#clock.now() / 1000;
    if (nowSeconds >= parsed.data.exp) {
      return { ok: false, reason: 'expired', detail: 'The access token has expired: mint a new one.' };
    }
    const notBefore = checked.payload.nbf;
    if (typeof notBefore === 'number' && nowSeconds + NOT_BEFORE_LEEWAY_SECONDS < notBefore) {
      const detail = 'The access token is not valid yet: check the clocks of both machines.';
      return { ok: false, reason: 'not_yet_valid', detail };
    }
    return { ok: true, claims: parsed.data };
  }
}

const secretKey = ({ id, secret }: ApiKey): KeyObject => {
  const bytes = Buffer.from(secret, 'utf8');
  if (bytes.length < MIN_SECRET_BYTES) {
    throw new TokenKeyError(
      'short_secret',
      `The secret of API key "${id}" has ${bytes.length} bytes and needs at least ${MIN_SECRET_BYTES}; ` +
        'make one with: openssl rand -base64 32',
    );
  }
  return createSecretKey(bytes);
};

const malformed = (detail: string): AccessTokenResult => ({ ok: false, reason: 'malformed', detail });
