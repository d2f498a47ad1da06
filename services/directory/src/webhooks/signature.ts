import { createHmac } from 'node:crypto';

/** The header that a receiver checks. */
export const SIGNATURE_HEADER = 'partyline-signature';

/**
 * `t=<seconds>,v1=<hex>`: HMAC-SHA-256 with the shared secret over the seconds, a dot and the body as it was sent.
 * The time is the attempt's, so that a receiver can refuse what somebody recorded and sends again later.
 */
export const signatureOf = (secret: string, body: string, atSeconds: number): string => {
  const mac = createHmac('sha256', secret).update(`${atSeconds}.${body}`).digest('hex');
  return `t=${atSeconds},v1=${mac}`;
};
