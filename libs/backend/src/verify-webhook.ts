import { BackendError } from './errors.ts';
import { type Bytes, hmacKey, isHmac, utf8 } from './hmac.ts';
import { readWebhookEvent, type WebhookEvent } from './webhook-event.ts';
import { checkWebhookSecret, SIGNATURE_HEADER, signedContent } from './webhook-signature.ts';

/** Node's `request.headers`, a `Headers` of fetch, or any object of that form. */
export type WebhookHeaders =
  | { get(name: string): string | null }
  | Readonly<Record<string, string | readonly string[] | undefined>>;

/** What came, and what it is checked against. */
export interface VerifyWebhookOptions {
  /** The body exactly as it came, before anything parsed it: bytes, or the text of them. */
  body: string | Uint8Array | ArrayBuffer;
  /** All of them, or just `partyline-signature`. */
  headers: WebhookHeaders;
  /** `PARTYLINE_WEBHOOK_SECRET`; several, old and new, while it is changed. Each has 16 bytes or more. */
  secrets: string | readonly string[];
  /** How far the time of signing may be off the clock here, in seconds, either way; 300 unless given. */
  toleranceSeconds?: number;
  /** Current time in epoch ms; the system's unless given. */
  nowMs?: number;
}

/** Why a request is not taken for genuine, or cannot be read. */
export type WebhookFault =
  /** No signature came, or one of another form: not from a directory. Answer 401. */
  | 'no_signature'
  /** No secret made this signature: somebody else's request, or a changed body, or a wrong secret. Answer 401. */
  | 'forged'
  /** Genuine, but signed outside the tolerance: recorded and sent again, or a clock is off. Answer 401. */
  | 'stale'
  /** Genuine, but no event that can be read: update the package. Answer 400. */
  | 'malformed';

/** `detail` is a sentence for a log; it quotes neither body nor signature. */
export type WebhookResult =
  | { ok: true; event: WebhookEvent }
  | { ok: false; fault: WebhookFault; detail: string };

const DEFAULT_TOLERANCE_SECONDS = 300;
/** A header that is longer holds no signature of ours; of several only the first ones are looked at. */
const MAX_HEADER_CHARS = 1_024;
const MAX_SIGNATURES = 4;
const MAX_SECRETS = 4;
/** Many times the largest event. */
const MAX_BODY_BYTES = 65_536;

/**
 * Checks who posted a webhook and reads it. Signatures are compared in constant time, and a request that was recorded
 * is refused after the tolerance. Deliveries come at least once: remember `event.id` for a day.
 *
 * @example
 * const result = await verifyWebhook({ body: await request.text(), headers: request.headers, secrets });
 * if (!result.ok) return new Response(result.detail, { status: 401 });
 * if (result.event.type === 'participant_joined') welcome(result.event.identity);
 *
 * @returns the event, or why not; never throws for what came over the network
 * @throws BackendError `short_secret` when a secret has fewer than 16 bytes; `invalid_option` for none, for more than four
 * secrets, for a body that was parsed already, or for a tolerance that is no number
 */
export const verifyWebhook = async (options: VerifyWebhookOptions): Promise<WebhookResult> => {
  const { toleranceSeconds = DEFAULT_TOLERANCE_SECONDS, nowMs = Date.now() } = options;
  const secrets = typeof options.secrets === 'string' ? [options.secrets] : options.secrets;
  if (secrets.length === 0 || secrets.length > MAX_SECRETS) {
    throw new BackendError(
      'invalid_option',
      `Give 1 to ${MAX_SECRETS} webhook secrets, not ${secrets.length}.`,
    );
  }
  for (const secret of secrets) checkWebhookSecret(secret);
  if (!(toleranceSeconds >= 0)) {
    throw new BackendError('invalid_option', 'toleranceSeconds is a number of at least 0.');
  }
  const signature = readSignature(headerOf(options.headers));
  if (signature === undefined) {
    return refuse('no_signature', `There is no header ${SIGNATURE_HEADER} of the form t=<seconds>,v1=<hex>.`);
  }
  const body = bytesOf(options.body);
  if (body.length > MAX_BODY_BYTES) return refuse('malformed', `The body has over ${MAX_BODY_BYTES} bytes.`);
  if (!(await isSigned(signature, body, secrets))) {
    return refuse('forged', 'The signature does not fit: check the secret, and that the body is as it came.');
  }
  const offSeconds = Math.round(nowMs / 1_000 - Number(signature.atSeconds));
  if (Math.abs(offSeconds) > toleranceSeconds) {
    return refuse(
      'stale',
      `Signed ${offSeconds} s ago by the clock here; ${toleranceSeconds} s are allowed.`,
    );
  }
  const event = readWebhookEvent(new TextDecoder().decode(body));
  return typeof event === 'string' ? refuse('malformed', `No event: ${event}.`) : { ok: true, event };
};

interface Signature {
  /** As it was written, for that is what was signed. */
  atSeconds: string;
  macs: Bytes[];
}

const headerOf = (headers: WebhookHeaders): string => {
  if (typeof headers.get === 'function') return headers.get(SIGNATURE_HEADER) ?? '';
  for (const [name, value] of Object.entries(headers)) {
    if (name.toLowerCase() === SIGNATURE_HEADER) return String(value ?? '');
  }
  return '';
};

/** Fields that it does not know are ignored: there may be a `v2` one day. */
const readSignature = (header: string): Signature | undefined => {
  if (header.length > MAX_HEADER_CHARS) return undefined;
  let atSeconds = '';
  const macs: Bytes[] = [];
  for (const field of header.split(',')) {
    const [name, value = ''] = field.trim().split('=', 2);
    if (name === 't' && /^\d{1,12}$/.test(value)) atSeconds = value;
    else if (name === 'v1' && /^[0-9a-f]{64}$/.test(value) && macs.length < MAX_SIGNATURES) {
      macs.push(
        Uint8Array.from({ length: 32 }, (_, i) => Number.parseInt(value.slice(2 * i, 2 * i + 2), 16)),
      );
    }
  }
  return atSeconds === '' || macs.length === 0 ? undefined : { atSeconds, macs };
};

const isSigned = async (
  { atSeconds, macs }: Signature,
  body: Bytes,
  secrets: readonly string[],
): Promise<boolean> => {
  const content = signedContent(atSeconds, body);
  for (const secret of secrets) {
    const key = await hmacKey(secret, 'verify');
    for (const mac of macs) if (await isHmac(key, mac, content)) return true;
  }
  return false;
};

const bytesOf = (body: string | Uint8Array | ArrayBuffer): Bytes => {
  if (typeof body === 'string') return utf8(body);
  if (body instanceof ArrayBuffer || body instanceof Uint8Array) return new Uint8Array(body);
  throw new BackendError(
    'invalid_option',
    'body is what came over the network, text or bytes: not parsed yet.',
  );
};

const refuse = (fault: WebhookFault, detail: string): WebhookResult => ({ ok: false, fault, detail });
