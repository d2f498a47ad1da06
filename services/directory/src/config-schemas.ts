import { isIP } from 'node:net';
import { MIN_WEBHOOK_SECRET_BYTES } from '@partyline/backend';
import { fieldSchemas, isLoopback } from '@partyline/runtime';
import { type ApiKey, MIN_SECRET_BYTES, readTicketKey } from '@partyline/tokens';
import { z } from 'zod';

const MAX_WEBHOOKS = 8;

/** `id:secret`, two at most; tells which one is wrong by its place, as the text may hold the secret. */
export const apiKeys: z.ZodType<ApiKey[], string> = fieldSchemas.list().transform((items, context) => {
  const keys: ApiKey[] = [];
  const fail = (message: string): void => context.addIssue({ code: 'custom', message });
  for (const [index, item] of items.entries()) {
    const colon = item.indexOf(':');
    const key = { id: item.slice(0, Math.max(colon, 0)), secret: item.slice(colon + 1) };
    if (colon < 1) fail(`key ${index + 1} must be written id:secret`);
    else if (Buffer.byteLength(key.secret) < MIN_SECRET_BYTES) {
      fail(
        `key ${index + 1} needs a secret of at least ${MIN_SECRET_BYTES} bytes; make one with: openssl rand -base64 32`,
      );
    } else if (keys.some(({ id }) => id === key.id)) fail(`key ${index + 1} has the id of another one`);
    else keys.push(key);
  }
  if (items.length > 2) fail('two keys at most: the current one and the one it replaces');
  return keys;
});

/** Addresses and ranges. */
export const proxies: z.ZodType<string[], string> = fieldSchemas.list().transform((items, context) => {
  for (const item of items) {
    const [address = '', bits, ...rest] = item.split('/');
    const version = isIP(address);
    const range =
      bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128));
    if (version === 0 || !range || rest.length > 0) {
      context.addIssue({ code: 'custom', message: 'must be IP addresses or ranges such as 10.0.0.0/8' });
      return z.NEVER;
    }
  }
  return items;
});

/** PEM or JWK. */
export const ticketKey = (kind: 'private' | 'public'): z.ZodType<ReturnType<typeof readTicketKey>, string> =>
  z.string().transform((text, context) => {
    try {
      return readTicketKey(text, kind);
    } catch (error) {
      context.addIssue({ code: 'custom', message: (error as Error).message });
      return z.NEVER;
    }
  });

/** Named by its place, as a URL may hold a secret. */
export const webhookUrls: z.ZodType<string[], string> = fieldSchemas.list().transform((items, context) => {
  for (const [index, item] of items.entries()) {
    if (isWebhookUrl(item)) continue;
    const message = `URL ${index + 1} must start with https://, or with http:// on this machine`;
    context.addIssue({ code: 'custom', message });
  }
  if (items.length > MAX_WEBHOOKS) {
    context.addIssue({ code: 'custom', message: `${MAX_WEBHOOKS} URLs at most` });
  }
  return items;
});

const isWebhookUrl = (text: string): boolean => {
  try {
    const { protocol, hostname } = new URL(text);
    const isHere = isLoopback(hostname.replace(/^\[|\]$/g, ''));
    return protocol === 'https:' || (protocol === 'http:' && isHere);
  } catch {
    return false;
  }
};

/** What both sides know. */
export const webhookSecret: z.ZodType<string, string> = z
  .string()
  .refine((text) => Buffer.byteLength(text) >= MIN_WEBHOOK_SECRET_BYTES, {
    message: `must have at least ${MIN_WEBHOOK_SECRET_BYTES} bytes; make one with: openssl rand -base64 32`,
  });
