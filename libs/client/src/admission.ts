import { CODEC_FORMATS, type EdgeMessageOf, type JoinReply, PROTOCOL_VERSION } from '@partyline/protocol';
import type { Time } from './clock.ts';
import { EdgeLink, RedirectError } from './edge-link.ts';
import { asError, PartylineError } from './errors.ts';
import { edgeUrl, requestJoin, serviceUrl } from './join.ts';
import { DirectoryModerator, type Moderator } from './moderator.ts';
import type { JoinRoomOptions, Network } from './options.ts';
import { isFinal, isNoUse, mayWorkElsewhere } from './retry-worth.ts';
import { checkFormats, DEFAULT_CODECS } from './voice-formats.ts';
import type { HelloWishes } from './wishes.ts';

interface KnownEdge {
  edge: string;
  url: string;
}

/** One try to get in. */
export interface Entry {
  /** Counts from 1. */
  attempt: number;
  /** What hello says beside. */
  wishes: HelloWishes;
  /** Beside the connection to this edge (protocol rule 61), and to another one than it. */
  besides?: string;
  signal: AbortSignal;
  connecting?: (edge: string) => void;
  /** Hello was sent to some edge. */
  helloSent?: () => void;
}

const HELLO_TIMEOUT_MS = 4_000;
const JOIN_TIMEOUT_MS = 5_000;
/** Once in a call, one dead edge or directory may not hold up the others; a slow network gets its time by and by. */
const HURRIED_TIMEOUT_MS = 1_500;
/** Edges named in `avoid`; the directory refuses more. */
const MAX_AVOIDED = 8;

/**
 * Gets this participant into its room: a ticket from the directory, then hello to the edge it names, or to a
 * fall-back. It remembers what is needed to come back as the same participant.
 */
export class Admission {
  readonly #options: JoinRoomOptions;
  readonly #network: Network;
  readonly #time: Time;
  readonly #base: URL;
  #reply: JoinReply | undefined;
  #ticket: string | undefined;
  #resumeKey: string | undefined;
  #edges: KnownEdge[] = [];
  #everIn = false;
  /** Edges that failed since the last welcome, the newest last. */
  readonly #failed = new Set<string>();
  /** Of these, one of which nothing more is known than that a connection to it has ended. */
  #dropped: string | undefined;

  /** @throws PartylineError `invalid_option` */
  constructor(options: JoinRoomOptions, network: Network, time: Time) {
    this.#options = options;
    this.#network = network;
    this.#time = time;
    this.#base = serviceUrl(options.url);
    checkFormats(options.codecs ?? []);
  }

  /** @param inRoom whether the room is not over yet */
  moderator(inRoom: () => boolean): Moderator {
    return new DirectoryModerator({
      fetch: this.#network.fetch,
      base: this.#base,
      room: this.#options.room,
      credentials: () => (inRoom() ? [() => this.#ticket, () => this.#accessToken()] : []),
    });
  }

  /** A renewed ticket, for the next time. */
  renew(ticket: string): void {
    this.#ticket = ticket;
  }

  /** The edge went silent, vanished, or wants to be left: ask for another one. */
  avoid(edge: string): void {
    if (this.#dropped === edge) this.#dropped = undefined;
    this.#failed.delete(edge);
    this.#failed.add(edge);
    for (const oldest of this.#failed) {
      if (this.#failed.size <= MAX_AVOIDED) break;
      this.#failed.delete(oldest);
    }
  }

  /**
   * The connection to the edge has ended without a word: ask for another one. Where nobody can be asked it comes
   * first, for the others of the call may be there, and an edge that has ended refuses at once.
   */
  dropped(edge: string): void {
    const isSuspect = this.#failed.has(edge);
    this.avoid(edge);
    if (!isSuspect) this.#dropped = edge;
  }

  /** The edge speaks after all. */
  forgive(edge: string): void {
    this.#failed.delete(edge);
  }

  /** The session is on this link now: what it gave is what the next resume needs. */
  settled(link: EdgeLink): void {
    this.#resumeKey = link.welcome.resumeKey;
    this.#failed.clear();
    this.#dropped = undefined;
    this.#everIn = true;
  }

  /**
   * One whole try by way of the directory.
   * @throws PartylineError the reason of the step that failed last
   */
  async admit(entry: Entry): Promise<EdgeLink> {
    try {
      await this.#join(entry);
    } catch (error) {
      const reason = asError(error);
      // With the directory away, edges still take back whoever holds a ticket of theirs (protocol rule 34), but
      // a second connection needs a newer one.
      const away = reason.code === 'unreachable' || reason.code === 'service_failed';
      const holdsTicket = this.#ticket !== undefined && this.#resumeKey !== undefined;
      if (!away || !holdsTicket || entry.besides !== undefined) throw reason;
      return this.#greet(entry, this.#dropped);
    }
    return this.#greet(entry);
  }

  /**
   * Straight to where an edge sends, with the ticket it gave (protocol rule 60).
   * @throws PartylineError the reason of the edge that failed last, or `service_failed` if the message names none
   */
  async follow(move: EdgeMessageOf<'move'>, entry: Entry): Promise<EdgeLink> {
    const { ticket, edge, url, fallbacks = [] } = move;
    if (ticket === undefined || edge === undefined || url === undefined) {
      throw new PartylineError('service_failed', 'The edge asks to move but has no ticket to give.');
    }
    this.#ticket = ticket;
    this.#know([{ edge, url }, ...fallbacks]);
    return this.#greet(entry);
  }

  /** Says hello to the edges known, one after the other: `first`, if given; those that failed lately last. */
  async #greet(entry: Entry, first?: string): Promise<EdgeLink> {
    let last: PartylineError | undefined;
    const rank = ({ edge }: KnownEdge): number => (edge === first ? -1 : this.#failed.has(edge) ? 1 : 0);
    for (const known of [...this.#edges].sort((a, b) => rank(a) - rank(b))) {
      if (known.edge === entry.besides) continue;
      try {
        const link = await this.#open(known, entry);
        if (entry.besides === undefined) this.settled(link);
        return link;
      } catch (error) {
        last = asError(error);
        if (!mayWorkElsewhere(last)) throw last;
        if (isNoUse(last)) this.avoid(known.edge);
      }
    }
    throw last ?? new PartylineError('service_failed', 'The directory named no edge to go to.');
  }

  /** One hello, and where the edge names another one instead, a second there (protocol rule 67). */
  async #open({ edge, url }: KnownEdge, entry: Entry): Promise<EdgeLink> {
    entry.connecting?.(edge);
    try {
      return await this.#hello(url, entry);
    } catch (error) {
      if (!(error instanceof RedirectError)) throw error;
      const { move } = error;
      if (move.ticket !== undefined) this.#ticket = move.ticket;
      const elsewhere =
        move.edge !== edge && move.edge !== entry.besides && !this.#failed.has(move.edge ?? '');
      if (move.url === undefined || !elsewhere) throw error;
      entry.connecting?.(move.edge ?? '');
      try {
        return await this.#hello(edgeUrl(this.#base, move.url), entry);
      } catch (second) {
        const reason = asError(second);
        if (move.edge !== undefined && isNoUse(reason)) this.avoid(move.edge);
        throw new PartylineError('edge_gone', `The edge that was named did not let in: ${reason.message}`, {
          cause: second,
          // What ends a session ends it wherever it is said; anything else may work with the next edge.
          ...(isFinal(reason) ? { closeCode: reason.closeCode! } : {}),
        });
      }
    }
  }

  #hello(url: string, { attempt, wishes, besides, signal, helloSent }: Entry): Promise<EdgeLink> {
    return EdgeLink.open({
      network: this.#network,
      url,
      hello: {
        type: 'hello',
        version: PROTOCOL_VERSION,
        ticket: this.#ticket!,
        ...(this.#options.client === undefined ? {} : { client: this.#options.client }),
        ...(this.#resumeKey === undefined || besides !== undefined ? {} : { resumeKey: this.#resumeKey }),
        ...wishes,
        ...(besides === undefined ? {} : { shadow: true }),
        codecs: (this.#options.codecs ?? DEFAULT_CODECS).map((name) => CODEC_FORMATS[name]),
      },
      time: this.#time,
      timeoutMs: this.#timeoutMs(HELLO_TIMEOUT_MS, attempt),
      signal,
      helloSent,
    });
  }

  #timeoutMs(longestMs: number, attempt: number): number {
    return this.#everIn ? Math.min(longestMs, HURRIED_TIMEOUT_MS * attempt) : longestMs;
  }

  #know(edges: readonly KnownEdge[]): void {
    this.#edges = edges.map(({ edge, url }) => ({ edge, url: edgeUrl(this.#base, url) }));
  }

  async #join({ attempt, besides, signal }: Entry): Promise<void> {
    const limited = AbortSignal.any([signal, AbortSignal.timeout(this.#timeoutMs(JOIN_TIMEOUT_MS, attempt))]);
    let reply: JoinReply;
    try {
      reply = await this.#ask(this.#ticket ?? (await this.#accessToken()), limited);
    } catch (error) {
      // A ticket past its time, or of a service that lost its keys, no longer opens the door. A second connection
      // must be the same participant's.
      const anew = asError(error).status === 401 && this.#ticket !== undefined && besides === undefined;
      if (!anew) throw error;
      reply = await this.#joinAnew(limited, error);
    }
    this.#reply = reply;
    this.#ticket = reply.ticket;
    this.#know([reply, ...reply.fallbacks]);
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
    const { room, name, metadata, region, traceparent } = this.#options;
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
      traceparent: typeof traceparent === 'function' ? traceparent() : traceparent,
      signal,
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
}
