import { createPublicKey, type KeyObject } from 'node:crypto';
import { SignJWT } from 'jose';
import { type TicketClaims, type TicketContent, ticketClaimsSchema } from './claims.ts';
import { TokenKeyError } from './errors.ts';
import { checkSignature, TICKET_TYPE } from './signed-token.ts';
import { generateTicketKey, type TicketKeySet, ticketPublicKey } from './ticket-keys.ts';

/** Resuming is allowed this long past a ticket's expiry, so that an absent directory ends no call. */
export const TICKET_GRACE_SECONDS = 900;

export interface SignedTicket {
  ticket: string;
  claims: TicketClaims;
}

/** Signs tickets; only directories have one. */
export class TicketSigner {
  readonly #key: KeyObject;
  readonly #keyId: string;
  readonly #published: TicketKeySet;
  readonly #clock: { now(): number };

  /**
   * @param key Ed25519 private key that signs
   * @param options.previous the key before this one (private or public): what it signed stays valid
   * @throws TokenKeyError when a key is not Ed25519 or the first is no private key
   */
  constructor(key: KeyObject, options: { previous?: KeyObject; clock?: { now(): number } } = {}) {
    if (key.type !== 'private') {
      throw new TokenKeyError('bad_key', 'Tickets are signed with a private Ed25519 key, not a public one.');
    }
    const published = [ticketPublicKey(key)];
    if (options.previous) {
      const previous = ticketPublicKey(options.previous);
      if (previous.kid !== published[0]!.kid) published.push(previous);
    }
    this.#key = key;
    this.#keyId = published[0]!.kid;
    this.#published = { keys: published };
    this.#clock = options.clock ?? { now: Date.now };
  }

  /** A signer with a key of its own that lives as long as the process. */
  static generate(clock?: { now(): number }): TicketSigner {
    return new TicketSigner(generateTicketKey(), clock ? { clock } : {});
  }

  /** The public keys that verify this signer's tickets, as a JWKS. */
  publicKeys(): TicketKeySet {
    return structuredClone(this.#published);
  }

  /**
   * @param ttlSeconds validity from now on, in seconds
   * @throws ZodError naming the claim that is out of bounds
   */
  async sign(claims: TicketContent, ttlSeconds: number): Promise<SignedTicket> {
    const iat = Math.floor(this.#clock.now() / 1000);
    const whole = ticketClaimsSchema.parse({ ...claims, iat, exp: iat + ttlSeconds });
    const ticket = await new SignJWT(whole)
      .setProtectedHeader({ alg: 'EdDSA', kid: this.#keyId, typ: TICKET_TYPE })
      .sign(this.#key);
    return { ticket, claims: whole };
  }
}

export type TicketFault = 'expired' | 'forged' | 'malformed' | 'unknown_key';
export type TicketResult =
  /** `expired`: past its time but within the grace asked for. */
  | { ok: true; claims: TicketClaims; expired: boolean }
  /** `claims` of an expired ticket are verified; `detail` is a sentence that never quotes the ticket. */
  | { ok: false; reason: TicketFault; detail: string; claims?: TicketClaims };

export interface TicketCheck {
  /** Current time in epoch ms. */
  nowMs: number;
  /** How long past its expiry a ticket is still good, in seconds; 0 unless given. */
  graceSeconds?: number;
}

/** Checks tickets with public keys only; edges have one. */
export class TicketVerifier {
  #keys: ReadonlyMap<string, KeyObject> = new Map();

  /** @throws TokenKeyError when there is no key or one is not Ed25519 */
  constructor(keySet: TicketKeySet) {
    this.useKeys(keySet);
  }

  /** Exchanges the keys, after a rotation. */
  useKeys(keySet: TicketKeySet): void {
    if (keySet.keys.length === 0) {
      throw new TokenKeyError('no_keys', 'A ticket verifier needs at least one public key.');
    }
    // The id is computed, not believed: an id that names another key could otherwise shadow it.
    this.#keys = new Map(
      keySet.keys.map(({ kty, crv, x }) => {
        const key = publicKey({ kty, crv, x });
        return [ticketPublicKey(key).kid, key];
      }),
    );
  }

  /** Never throws, whatever the text. */
  async verify(ticket: string, { nowMs, graceSeconds = 0 }: TicketCheck): Promise<TicketResult> {
    const checked = await checkSignature(ticket, {
      algorithm: 'EdDSA',
      keys: this.#keys,
      acceptsType: (type) => type === TICKET_TYPE,
    });
    if (!checked.ok) return checked;
    const parsed = ticketClaimsSchema.safeParse(checked.payload);
    if (!parsed.success) {
      const issue = parsed.error.issues[0];
      const detail = `Claim "${issue?.path.join('.') ?? ''}": ${issue?.message ?? 'is wrong'}.`;
      return { ok: false, reason: 'malformed', detail };
    }
    const claims = parsed.data;
    const nowSeconds = nowMs / 1000;
    if (nowSeconds >= claims.exp + graceSeconds) {
      return {
        ok: false,
        reason: 'expired',
        detail: 'The ticket has expired: join again for a new one.',
        claims,
      };
    }
    return { ok: true, claims, expired: nowSeconds >= claims.exp };
  }
}

const publicKey = (jwk: { kty: string; crv: string; x: string }): KeyObject => {
  try {
    return createPublicKey({ key: jwk, format: 'jwk' });
  } catch (cause) {
    throw new TokenKeyError('bad_key', 'A ticket key set must hold Ed25519 public keys (JWK).', { cause });
  }
};
