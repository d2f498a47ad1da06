import type { KeyObject } from 'node:crypto';
import { compactVerify, decodeProtectedHeader, errors } from 'jose';

/** Header `typ` of tickets. Nothing else may carry it, and no ticket may go without. */
export const TICKET_TYPE = 'partyline-ticket+jwt';
/** Longer texts are refused unread; the longest possible name and metadata fit several times. */
export const MAX_TOKEN_CHARS = 8_192;

export type SignatureFault = 'forged' | 'unknown_key' | 'malformed';
export type SignatureCheck =
  | { ok: true; keyId: string; payload: Record<string, unknown> }
  | { ok: false; reason: SignatureFault; detail: string };

/** What a token claims to be by its unverified header: only good for choosing the verifier that then decides. */
export const tokenKind = (token: string): 'ticket' | 'access' => {
  const header = readHeader(token);
  return header?.typ === TICKET_TYPE ? 'ticket' : 'access';
};

export interface SignatureOptions {
  /** The one algorithm; whatever else the header names is a forgery, `none` included. */
  algorithm: 'HS256' | 'EdDSA';
  keys: ReadonlyMap<string, KeyObject>;
  /** Whether a header `typ` is right for this kind of token. */
  acceptsType: (type: string | undefined) => boolean;
  /** Key id of a token whose header names none. */
  defaultKeyId?: (token: string) => string | undefined;
}

/** Checks a compact JWS and reads its payload; never throws, whatever the text. */
export const checkSignature = async (token: unknown, options: SignatureOptions): Promise<SignatureCheck> => {
  if (typeof token !== 'string' || token.length === 0 || token.length > MAX_TOKEN_CHARS) {
    return malformed(`A token is a text of 1 to ${MAX_TOKEN_CHARS} characters.`);
  }
  const header = readHeader(token);
  if (header === undefined) return malformed('The token is no JWT: three base64url parts with dots between.');
  if (header.alg !== options.algorithm) {
    return { ok: false, reason: 'forged', detail: `The token must be signed with ${options.algorithm}.` };
  }
  if (!options.acceptsType(typeof header.typ === 'string' ? header.typ : undefined)) {
    return malformed('The token is of another kind: access tokens and tickets are not interchangeable.');
  }
  const keyId = typeof header.kid === 'string' ? header.kid : options.defaultKeyId?.(token);
  if (keyId === undefined) return malformed('The token does not say which key signed it (header "kid").');
  const key = options.keys.get(keyId);
  if (key === undefined) {
    return { ok: false, reason: 'unknown_key', detail: 'The token was signed with a key not known here.' };
  }
  try {
    const { payload } = await compactVerify(token, key, { algorithms: [options.algorithm] });
    return readPayload(payload, keyId);
  } catch (error) {
    if (error instanceof errors.JWSSignatureVerificationFailed) {
      return { ok: false, reason: 'forged', detail: 'The signature does not fit: check the secret.' };
    }
    return malformed('The token is no valid JWS.');
  }
};

/** The claims of a token nobody has verified. */
export const unverifiedPayload = (token: string): Record<string, unknown> | undefined => {
  const part = token.split('.')[1];
  if (part === undefined) return undefined;
  return parseObject(Buffer.from(part, 'base64url').toString('utf8'));
};

const readPayload = (bytes: Uint8Array, keyId: string): SignatureCheck => {
  const payload = parseObject(new TextDecoder().decode(bytes));
  return payload === undefined ? malformed('The claims are no JSON object.') : { ok: true, keyId, payload };
};

const parseObject = (text: string): Record<string, unknown> | undefined => {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
};

const readHeader = (token: string): { alg?: unknown; typ?: unknown; kid?: unknown } | undefined => {
  try {
    return decodeProtectedHeader(token);
  } catch {
    return undefined;
  }
};

const malformed = (detail: string): SignatureCheck => ({ ok: false, reason: 'malformed', detail });
