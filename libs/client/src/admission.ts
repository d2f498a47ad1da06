import { type ClientMessageOf, type JoinReply, PROTOCOL_VERSION } from '@partyline/protocol';
import type { Clock } from './clock.ts';
import { EdgeLink, isFinal } from './edge-link.ts';
import { PartylineError } from './errors.ts';
import { edgeUrl, requestJoin, serviceUrl } from './join.ts';
import type { JoinRoomOptions, Network } from './options.ts';

interface KnownEdge {
  edge: string;
  url: string;
}

const HELLO_TIMEOUT_MS = 4_000;
const JOIN_TIMEOUT_MS = 5_000;

/** Errors after which another edge, or the same one later, may still work. */
const mayWorkElsewhere = (error: PartylineError): boolean => !isFinal(error) && error.code !== 'aborted';

/**
 * Gets this participant into its room: a ticket from the directory, then hello to the edge it names, or to a
 * fall-back. It remembers what is needed to come back as the same participant.
 */
export class Admission {
  readonly #options: JoinRoomOptions;
  readonly #network: Network;
  readonly #clock: Clock;
  readonly #base: URL;
  #reply: JoinReply | undefined;
  #ticket: string | undefined;
  #resumeKey: string | undefined;
  #edges: KnownEdge[] = [];
  /** Edges that failed since the last welcome. */
  readonly #failed = new Set<string>();

  /** @throws PartylineError `invalid_option` */
  constructor(options: JoinRoomOptions, network: Network, clock: Clock) {
    this.#options = options;
    this.#network = network;
    this.#clock = clock;
    this.#base = serviceUrl(options.url);
  }

  /** A renewed ticket, for the next time. */
  renew(ticket: string): void {
    this.#ticket = ticket;
  }

  /** The edge went silent or vanished: ask for another one. */
  avoid(edge: string): void {
    this.#failed.add(edge);
  }

  /**
   * One whole try.
   * @throws PartylineError the reason of the step that failed last
   */
  async admit(muted: boolean, signal: AbortSignal, connecting: (edge: string) => void): Promise<EdgeLink> {
    try {
      await this.#join(signal);
    } catch (error) {
      const reason = asError(error);
      // With the directory away, edges still take back whoever holds a ticket of theirs (protocol rule 34).
      const away = reason.code === 'unreachable' || reason.code === 'service_failed';
      if (!away || this.#ticket === undefined || this.#resumeKey === undefined) throw reason;
    }
    let last: PartylineError | undefined;
    for (const { edge, url } of this.#edges) {
      connecting(edge);
      try {
        const link = await EdgeLink.open({
          network: this.#network,
          url,
          hello: this.#hello(muted),
          clock: this.#clock,
          timeoutMs: HELLO_TIMEOUT_MS,
          signal,
        });
        this.#resumeKey = link.welcome.resumeKey;
        this.#failed.clear();
        return link;
      } catch (error) {
        last = asError(error);
        if (!mayWorkElsewhere(last)) throw last;
        if (last.code === 'unreachable' || last.code === 'timeout') this.#failed.add(edge);
      }
    }
    throw last ?? new PartylineError('service_failed', 'The directory named no edge.');
  }

  async #join(signal: AbortSignal): Promise<void> {
    let reply: JoinReply;
    try {
      reply = await this.#ask(this.#ticket ?? (await this.#accessToken()), signal);
    } catch (error) {
      // A ticket past its time, or of a service that lost its keys, no longer opens the door.
      if (asError(error).status !== 401 || this.#ticket === undefined) throw error;
      reply = await this.#joinAnew(signal, error);
    }
    this.#reply = reply;
    this.#ticket = reply.ticket;
    this.#edges = [{ edge: reply.edge, url: reply.url }, ...reply.fallbacks].map(({ edge, url }) => ({
      edge,
      url: edgeUrl(this.#base, url),
    }));
  }

  /** With the application's own token, or as a guest: then as somebody new, for nothing proves the rest. */
  async #joinAnew(signal: AbortSignal, refusal: unknown): Promise<JoinReply> {
    const token = await this.#accessToken();
    if (token !== undefined) return this.#ask(token, signal);
    const before = this.#reply;
    this.#reply = undefined;
    try {
      const reply = await this.#ask(undefined, signal);
      this.#resumeKey = undefined;
      return reply;
    } catch (error) {
      this.#reply = before;
      // Where guests are refused, too, the first refusal says more.
      throw asError(error).status === 401 ? refusal : error;
    }
  }

  #ask(credential: string | undefined, signal: AbortSignal): Promise<JoinReply> {
    const { room, name, metadata, region } = this.#options;
    const resumeId = this.#reply?.resumeId;
    return requestJoin({
      fetch: this.#network.fetch,
      base: this.#base,
      room,
      request: {
        ...(name === undefined ? {} : { name }),
        ...(metadata === undefined ? {} : { metadata }),
        ...(region === undefined ? {} : { region }),
        ...(resumeId === undefined ? {} : { resumeId }),
        ...(this.#failed.size === 0 ? {} : { avoid: [...this.#failed] }),
      },
      credential,
      signal: AbortSignal.any([signal, AbortSignal.timeout(JOIN_TIMEOUT_MS)]),
    });
  }

  async #accessToken(): Promise<string | undefined> {
    const { token } = this.#options;
    if (typeof token !== 'function') return token;
    try {
      return await token();
    } catch (cause) {
      throw new PartylineError('not_allowed', 'The application could not get an access token.', { cause });
    }
  }

  #hello(muted: boolean): ClientMessageOf<'hello'> {
    return {
      type: 'hello',
      version: PROTOCOL_VERSION,
      ticket: this.#ticket!,
      ...(this.#options.client === undefined ? {} : { client: this.#options.client }),
      ...(this.#resumeKey === undefined ? {} : { resumeKey: this.#resumeKey }),
      ...(muted ? { muted } : {}),
    };
  }
}

const asError = (error: unknown): PartylineError =>
  error instanceof PartylineError
    ? error
    : new PartylineError('service_failed', error instanceof Error ? error.message : String(error), {
        cause: error,
      });
