import { isIdentity, isRoomId, MAX_METADATA_CHARS } from '@partyline/protocol';
import { BackendError } from './errors.ts';
import { hmac, hmacKey, utf8 } from './hmac.ts';

/** Shorter secrets can be guessed offline from one token (RFC 7518, 3.2 asks for the hash's 32 bytes). */
export const MIN_SECRET_BYTES = 32;
/** The longest display name, in UTF-16 units; ids of API keys have the same bound. */
export const MAX_NAME_CHARS = 128;
/** Header `typ` of access tokens minted here (RFC 7515, 4.1.9). */
const TOKEN_TYPE = 'partyline-access+jwt';
const DEFAULT_TTL_SECONDS = 600;

/** What a participant may do in the room. */
export interface AccessTokenGrants {
  /** Speak, and be announced to the others; true unless given. */
  publish?: boolean;
  /** Hear; true unless given. */
  subscribe?: boolean;
  /** Mute and remove others, in the token's room only; false unless given. */
  moderate?: boolean;
  /** Not announced to others (recorders, supervisors); false unless given. */
  hidden?: boolean;
  /** Send data messages to chosen participants; true unless given. */
  direct?: boolean;
}

/** What to put into a token. */
export interface AccessTokenOptions {
  /** Id of the API key, as in `PARTYLINE_API_KEYS`. */
  keyId: string;
  /** The API key's secret: 32 bytes or more as UTF-8. Keep it on the server. */
  secret: string;
  /** Who it is for, 1 to 128 characters, unique in the room; absent on tokens for the admin API only. */
  identity?: string;
  /** The one room it opens: 1 to 64 of `A–Z a–z 0–9 _ . -`, starting with a letter or digit. */
  room?: string;
  /** Unnamed grants have their defaults. */
  grants?: AccessTokenGrants;
  /** Display name, at most 128 characters. */
  name?: string;
  /** Your own text about the participant, at most 2,048 characters; everybody in the room sees it. */
  metadata?: string;
  /** How long it is valid, in seconds; 10 minutes unless given. It has to last until the join, not longer. */
  ttlSeconds?: number;
  /** The whole admin API: rooms, participants, edges of every room. */
  admin?: boolean;
  /** Current time in epoch ms; the system's unless given. */
  nowMs?: number;
}

/**
 * Mints an access token, as a customer's backend does: a JWT (RFC 7519) signed with HMAC-SHA-256. Any JWT library can do
 * the same; this one checks what it signs.
 *
 * @example
 * const token = await mintAccessToken({ keyId, secret, room: 'lobby', identity: user.id, name: user.name });
 *
 * @returns the compact token, for `joinRoom({ token })`
 * @throws BackendError `short_secret` when the secret has fewer than 32 bytes; `invalid_claim` naming what is out of bounds
 */
export const mintAccessToken = async (options: AccessTokenOptions): Promise<string> => {
  const { keyId, secret, identity, room, grants = {}, name, metadata, admin = false } = options;
  const secretBytes = utf8(secret).length;
  if (secretBytes < MIN_SECRET_BYTES) {
    throw new BackendError(
      'short_secret',
      `The secret of API key "${keyId}" has ${secretBytes} bytes and needs at least ${MIN_SECRET_BYTES}; ` +
        'make one with: openssl rand -base64 32',
    );
  }
  checkClaims(options);
  const nowSeconds = Math.floor((options.nowMs ?? Date.now()) / 1000);
  const claims = {
    iss: keyId,
    sub: identity,
    room,
    name,
    metadata,
    grants: {
      publish: grants.publish ?? true,
      subscribe: grants.subscribe ?? true,
      moderate: grants.moderate ?? false,
      hidden: grants.hidden ?? false,
      direct: grants.direct ?? true,
    },
    admin,
    iat: nowSeconds,
    exp: nowSeconds + (options.ttlSeconds ?? DEFAULT_TTL_SECONDS),
  };
  const header = { alg: 'HS256', kid: keyId, typ: TOKEN_TYPE };
  const signed = `${base64url(utf8(JSON.stringify(header)))}.${base64url(utf8(JSON.stringify(claims)))}`;
  const mac = await hmac(await hmacKey(secret, 'sign'), utf8(signed));
  return `${signed}.${base64url(mac)}`;
};

const checkClaims = (options: AccessTokenOptions): void => {
  const { keyId, identity, room, grants = {}, name = '', metadata = '', ttlSeconds = 1, admin } = options;
  need(keyId.length >= 1 && keyId.length <= MAX_NAME_CHARS, `keyId has 1 to ${MAX_NAME_CHARS} characters`);
  need(
    identity === undefined || isIdentity(identity),
    'identity has 1 to 128 characters without control characters',
  );
  need(
    room === undefined || isRoomId(room),
    'room has 1 to 64 letters, digits, "_", "." or "-" and starts with a letter or digit',
  );
  need(name.length <= MAX_NAME_CHARS, `name has at most ${MAX_NAME_CHARS} characters`);
  need(metadata.length <= MAX_METADATA_CHARS, `metadata has at most ${MAX_METADATA_CHARS} characters`);
  need(Number.isFinite(ttlSeconds) && ttlSeconds > 0, 'ttlSeconds is a number above 0');
  for (const [grant, value] of Object.entries({ ...grants, admin })) {
    need(value === undefined || typeof value === 'boolean', `${grant} is true or false`);
  }
};

const need = (holds: boolean, rule: string): void => {
  if (!holds) throw new BackendError('invalid_claim', `An access token's ${rule}.`);
};

/** RFC 4648, 5, without padding. */
const base64url = (bytes: Uint8Array): string => {
  let binary = '';
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
};
