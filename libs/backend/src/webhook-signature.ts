import { BackendError } from './errors.ts';
import { type Bytes, hmac, hmacKey, utf8 } from './hmac.ts';

/** The header that a receiver checks; names of headers know no case. */
export const SIGNATURE_HEADER = 'partyline-signature';
/** Shorter secrets could be guessed from one recorded request; an empty one is a forgotten setting. */
export const MIN_WEBHOOK_SECRET_BYTES = 16;

/** @throws BackendError `short_secret` */
export const checkWebhookSecret = (secret: string): void => {
  if (utf8(secret).length >= MIN_WEBHOOK_SECRET_BYTES) return;
  throw new BackendError(
    'short_secret',
    `A webhook secret has at least ${MIN_WEBHOOK_SECRET_BYTES} bytes: give the value of PARTYLINE_WEBHOOK_SECRET.`,
  );
};

/** What is signed: the seconds, a dot, and the body exactly as it is sent. */
export const signedContent = (atSeconds: string, body: Bytes): Bytes => {
  const prefix = utf8(`${atSeconds}.`);
  const content = new Uint8Array(prefix.length + body.length);
  content.set(prefix);
  content.set(body, prefix.length);
  return content;
};

/**
 * The value of {@link SIGNATURE_HEADER}, `t=<seconds>,v1=<hex>`: HMAC-SHA-256 (RFC 2104) with the shared secret. The time
 * is the attempt's, so that a receiver can refuse what somebody recorded and sends again later. Directories sign with it;
 * an application needs it to test its receiver.
 *
 * @example
 * const headers = { 'partyline-signature': await signWebhook(secret, body, Math.floor(Date.now() / 1_000)) };
 * await fetch('http://127.0.0.1:3000/partyline', { method: 'POST', headers, body });
 *
 * @param atSeconds whole seconds since the epoch
 * @throws BackendError `short_secret` below 16 bytes
 */
export const signWebhook = async (secret: string, body: string, atSeconds: number): Promise<string> => {
  checkWebhookSecret(secret);
  const mac = await hmac(await hmacKey(secret, 'sign'), signedContent(String(atSeconds), utf8(body)));
  return `t=${atSeconds},v1=${[...mac].map((byte) => byte.toString(16).padStart(2, '0')).join('')}`;
};
