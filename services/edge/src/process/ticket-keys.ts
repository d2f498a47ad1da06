import { Backoff, type Clock, type Component } from '@partyline/runtime';
import type { Logger } from '@partyline/telemetry';
import { type TicketCheck, type TicketKeySet, type TicketResult, TicketVerifier } from '@partyline/tokens';
import { within } from '../within.ts';

/** A ticket with an unknown key makes the directory be asked again no more often than this, in ms. */
const ASK_AGAIN_AFTER_MS = 5_000;
/** How long a hello with an unknown key waits for the directory's answer, in ms. */
const WAIT_FOR_KEYS_MS = 2_500;
/** How often it is said that they cannot be fetched, in ms. */
const LINE_EVERY_MS = 10_000;
const RETRY = { baseMs: 500, maxMs: 5_000 };

export interface TicketKeysOptions {
  /** Keys given by the settings; they are used until the directory names others. */
  given: TicketKeySet | undefined;
  /** Asks a directory; undefined when only given keys count. */
  fetchKeys: (() => Promise<TicketKeySet>) | undefined;
}

/**
 * The public keys of tickets, and what checks tickets with them. Fetched at start, again and again until they are
 * there, and anew when a ticket names a key that is not among them: so a rotation needs no restart.
 */
export class TicketKeys implements Component {
  readonly name = 'ticket keys';
  readonly #options: TicketKeysOptions;
  readonly #log: Logger;
  readonly #clock: Clock;
  #verifier: TicketVerifier | undefined;
  #lineAtMs = Number.NEGATIVE_INFINITY;
  #askedAtMs = Number.NEGATIVE_INFINITY;
  #asking: Promise<void> | undefined;
  #retry: NodeJS.Timeout | undefined;
  #stopped = false;
  /** Answers of directories with keys; failures to get one. */
  fetches = 0;
  failures = 0;

  constructor(options: TicketKeysOptions, { log, clock }: { log: Logger; clock: Clock }) {
    this.#options = options;
    this.#log = log;
    this.#clock = clock;
    if (options.given !== undefined) this.#verifier = new TicketVerifier(options.given);
  }

  /** Whether any ticket can be checked. */
  get known(): boolean {
    return this.#verifier !== undefined;
  }

  /** Begins to ask; a directory that is away does not keep the edge from starting. */
  start(): void {
    if (this.#verifier === undefined) void this.#fetchUntilKnown();
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#retry);
  }

  async verify(ticket: string, check: TicketCheck): Promise<TicketResult> {
    const result = await this.#verifier?.verify(ticket, check);
    if (result !== undefined && (result.ok || result.reason !== 'unknown_key')) return result;
    await this.#refresh();
    return (await this.#verifier?.verify(ticket, check)) ?? noKeys;
  }

  async #refresh(): Promise<void> {
    if (this.#options.fetchKeys === undefined) return;
    if (this.#asking === undefined && this.#clock.now() - this.#askedAtMs < ASK_AGAIN_AFTER_MS) return;
    // Whoever waited in vain is refused and told to come again.
    await within(this.#fetch(), WAIT_FOR_KEYS_MS).catch(() => undefined);
  }

  async #fetchUntilKnown(): Promise<void> {
    const backoff = new Backoff(RETRY);
    while (!this.#stopped && this.#verifier === undefined) {
      await this.#fetch().catch(() => undefined);
      if (this.#verifier !== undefined || this.#stopped) return;
      await new Promise<void>((resolve) => {
        this.#retry = setTimeout(resolve, backoff.nextDelayMs() + RETRY.baseMs / 2);
      });
    }
  }

  #fetch(): Promise<void> {
    this.#asking ??= this.#ask().finally(() => {
      this.#asking = undefined;
    });
    return this.#asking;
  }

  async #ask(): Promise<void> {
    const { fetchKeys } = this.#options;
    if (fetchKeys === undefined) return;
    this.#askedAtMs = this.#clock.now();
    try {
      const keySet = await fetchKeys();
      if (this.#verifier === undefined) {
        this.#verifier = new TicketVerifier(keySet);
        this.#log.info({ keys: keySet.keys.length }, 'Keys of tickets are known: this edge can admit.');
      } else {
        this.#verifier.useKeys(keySet);
      }
      this.fetches += 1;
    } catch (error) {
      this.failures += 1;
      const reason = error instanceof Error ? error.message : String(error);
      if (this.#clock.now() - this.#lineAtMs >= LINE_EVERY_MS) {
        this.#lineAtMs = this.#clock.now();
        this.#log.warn({ reason }, 'The keys of tickets could not be fetched; it is tried again.');
      }
      throw error;
    }
  }
}

const noKeys: TicketResult = {
  ok: false,
  reason: 'unknown_key',
  detail: 'This edge does not know the keys of tickets yet.',
};
