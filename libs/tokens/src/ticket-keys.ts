import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
} from 'node:crypto';
import { TokenKeyError } from './errors.ts';

/** An Ed25519 public key as published for edges (RFC 8037). */
export interface TicketPublicKey {
  kty: 'OKP';
  crv: 'Ed25519';
  x: string;
  /** The key's RFC 7638 thumbprint, so that nobody has to name keys. */
  kid: string;
  alg: 'EdDSA';
  use: 'sig';
}

export interface TicketKeySet {
  keys: TicketPublicKey[];
}

/** A new Ed25519 private key, for a process that keeps none. */
export const generateTicketKey = (): KeyObject => generateKeyPairSync('ed25519').privateKey;

/**
 * Reads an Ed25519 key from a PEM or JWK text.
 * @param kind a public key can also be read from a private one's text
 * @throws TokenKeyError that says how to make one; never quotes the text
 */
export const readTicketKey = (text: string, kind: 'private' | 'public' = 'private'): KeyObject => {
  const create = kind === 'private' ? createPrivateKey : createPublicKey;
  let key: KeyObject;
  try {
    const trimmed = text.trim();
    key = trimmed.startsWith('{') ? create({ key: JSON.parse(trimmed), format: 'jwk' }) : create(trimmed);
  } catch (error) {
    throw badKey(kind, error);
  }
  if (key.asymmetricKeyType !== 'ed25519') throw badKey(kind);
  return key;
};

/** The published form of a private or public Ed25519 key. */
export const ticketPublicKey = (key: KeyObject): TicketPublicKey => {
  const publicKey = key.type === 'private' ? createPublicKey(key) : key;
  if (publicKey.asymmetricKeyType !== 'ed25519') throw badKey('public');
  const { x = '' } = publicKey.export({ format: 'jwk' });
  const kid = createHash('sha256')
    .update(JSON.stringify({ crv: 'Ed25519', kty: 'OKP', x }))
    .digest('base64url');
  return { kty: 'OKP', crv: 'Ed25519', x, kid, alg: 'EdDSA', use: 'sig' };
};

const badKey = (kind: 'private' | 'public', cause?: unknown): TokenKeyError =>
  new TokenKeyError(
    'bad_key',
    `A ticket key must be an Ed25519 ${kind} key as PEM or JWK; make one with: openssl genpkey -algorithm ed25519`,
    { cause },
  );
