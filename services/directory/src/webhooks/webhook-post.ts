import { SIGNATURE_HEADER, signWebhook } from '@partyline/backend';
import type { Clock } from '@partyline/runtime';

/** A receiver answers within this time, or it has not got the event, in ms. */
const TIMEOUT_MS = 5_000;

export interface WebhookPostOptions {
  secret: string;
  timeoutMs?: number;
}

/** Sends one body to one URL; never rejects. Undefined when it was taken, otherwise why not, in a few words. */
export type WebhookPost = (url: string, body: string) => Promise<string | undefined>;

/** By HTTP. Only an answer of 2xx counts as taken; redirections are not followed. */
export const createWebhookPost =
  ({ secret, timeoutMs = TIMEOUT_MS }: WebhookPostOptions, { clock }: { clock: Clock }): WebhookPost =>
  async (url, body) => {
    try {
      const reply = await fetch(url, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'user-agent': 'Partyline',
          [SIGNATURE_HEADER]: await signWebhook(secret, body, Math.floor(clock.now() / 1_000)),
        },
        body,
        redirect: 'manual',
        signal: AbortSignal.timeout(timeoutMs),
      });
      // Nobody reads the answer, and it may be long.
      await reply.body?.cancel().catch(() => undefined);
      return reply.ok ? undefined : `status ${reply.status}`;
    } catch (error) {
      if (!(error instanceof Error)) return String(error);
      if (error.name === 'TimeoutError') return `no answer within ${timeoutMs} ms`;
      return error.cause instanceof Error ? error.cause.message : error.message;
    }
  };
