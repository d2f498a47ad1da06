import type { EdgeMessage, EdgeMessageOf } from '@partyline/protocol';
import type { Admission, Entry } from './admission.ts';
import type { EdgeLink } from './edge-link.ts';
import { asError, PartylineError } from './errors.ts';
import { isHopeless } from './retry-worth.ts';
import type { Timers } from './timers.ts';
import type { HelloWishes } from './wishes.ts';

/** Told by a move. */
export interface MoveHandlers {
  /** The second connection is in the room and receives. */
  opened(link: EdgeLink): void;
  message(message: EdgeMessage, link: EdgeLink): void;
  media(bytes: Uint8Array, link: EdgeLink): void;
  /** The second connection ended before it was ready. */
  closed(link: EdgeLink): void;
  /** The second connection may take over; `held` is what it said that is for then. */
  ready(link: EdgeLink, held: readonly EdgeMessage[]): void;
  /** Nothing came of it. */
  over(reason: PartylineError): void;
}

/** Between two tries: doubled from the one to the other, and jittered. */
const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 2_000;
/** An edge says `ready` 500 ms after `welcome` at the latest. */
const READY_TIMEOUT_MS = 3_000;
/** What an edge says between `welcome` and `ready`; one that says more gets no session. */
const MAX_HELD_MESSAGES = 1_000;

/** About the connection itself, not about the session: acted on at once. */
const OF_THE_PATH = new Set<EdgeMessage['type']>(['subscribed', 'paused', 'pong', 'data', 'heartbeat']);

/**
 * Opens a second connection on another edge, beside the one in use, until it is ready to take over (protocol rules
 * 60 to 66). Whatever fails here leaves the first connection as it is.
 */
export class Move {
  readonly #admission: Admission;
  readonly #from: string;
  readonly #wishes: () => HelloWishes;
  readonly #timers: Timers;
  readonly #handlers: MoveHandlers;
  readonly #abort = new AbortController();
  /** The newest order, until it was followed. */
  #order: EdgeMessageOf<'move'> | undefined;
  #untilMs = 0;
  #shadow: EdgeLink | undefined;
  #helloSent = false;
  #trying = false;
  /** The first connection is gone: one more failure, and the move is over. */
  #alone = false;
  #attempt = 0;
  #endPause: () => void = () => {};

  /** @param from the edge that asks to be left */
  constructor(
    order: EdgeMessageOf<'move'>,
    from: string,
    admission: Admission,
    wishes: () => HelloWishes,
    timers: Timers,
    handlers: MoveHandlers,
  ) {
    this.#admission = admission;
    this.#from = from;
    this.#wishes = wishes;
    this.#timers = timers;
    this.#handlers = handlers;
    this.extend(order);
    admission.avoid(from);
    void this.#run();
  }

  /** The second connection, once it receives. */
  get shadow(): EdgeLink | undefined {
    return this.#shadow;
  }

  /** Whether an edge may know of the newer session already. */
  get helloSent(): boolean {
    return this.#helloSent;
  }

  /** Another order: new time; and a new ticket, if what is under way fails. */
  extend(order: EdgeMessageOf<'move'>): void {
    this.#order = order;
    this.#untilMs = Math.max(this.#untilMs, performance.now() + order.withinMs);
  }

  /**
   * The first connection is gone.
   * @returns whether the second one is still worth waiting for
   */
  leftAlone(): boolean {
    this.#alone = true;
    return this.#trying;
  }

  /** Gives up without a word. */
  cancel(): void {
    const shadow = this.release();
    shadow?.close();
    if (shadow !== undefined) this.#handlers.closed(shadow);
  }

  /** Gives up, and leaves the second connection, if there is one, to the caller. */
  release(): EdgeLink | undefined {
    this.#abort.abort();
    this.#endPause();
    const shadow = this.#shadow;
    this.#shadow = undefined;
    return shadow;
  }

  async #run(): Promise<void> {
    for (;;) {
      this.#attempt += 1;
      this.#trying = true;
      const reason = await this.#try();
      this.#trying = false;
      if (reason === undefined || this.#abort.signal.aborted) return;
      const pauseMs = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (this.#attempt - 1));
      const timeIsOver = performance.now() + pauseMs > this.#untilMs;
      if (this.#alone || timeIsOver || isHopeless(reason)) {
        this.#handlers.over(reason);
        return;
      }
      await this.#wait(pauseMs * (0.5 + Math.random() / 2));
      if (this.#abort.signal.aborted) return;
    }
  }

  /** @returns why it failed, undefined when it did not */
  async #try(): Promise<PartylineError | undefined> {
    const entry: Entry = {
      attempt: this.#attempt,
      wishes: this.#wishes(),
      besides: this.#from,
      signal: this.#abort.signal,
      helloSent: () => {
        this.#helloSent = true;
      },
    };
    try {
      const link = await this.#open(entry);
      if (this.#abort.signal.aborted) {
        link.close();
        return undefined;
      }
      const held = await this.#untilReady(link);
      this.#shadow = undefined;
      if (this.#abort.signal.aborted) return undefined;
      this.#handlers.ready(link, held);
      return undefined;
    } catch (error) {
      this.#closeShadow();
      return asError(error);
    }
  }

  /** By the ticket of the order while there is a fresh one, by the directory otherwise (protocol rule 66). */
  async #open(entry: Entry): Promise<EdgeLink> {
    const order = this.#order;
    this.#order = undefined;
    if (order?.ticket !== undefined) {
      try {
        return await this.#admission.follow(order, entry);
      } catch (error) {
        if (this.#abort.signal.aborted || isHopeless(error as PartylineError)) throw error;
      }
    }
    return this.#admission.admit(entry);
  }

  #untilReady(link: EdgeLink): Promise<EdgeMessage[]> {
    this.#shadow = link;
    this.#handlers.opened(link);
    return new Promise((resolve, reject) => {
      const held: EdgeMessage[] = [];
      const fail = (reason: PartylineError): void => {
        timer.cancel();
        reject(reason);
      };
      const timer = this.#timers.after(READY_TIMEOUT_MS, () =>
        fail(new PartylineError('timeout', `${link.welcome.edge} did not become ready in time.`)),
      );
      link.attach({
        message: (message) => {
          if (OF_THE_PATH.has(message.type)) this.#handlers.message(message, link);
          else if (message.type === 'ready') {
            timer.cancel();
            resolve(held);
          } else if (held.length < MAX_HELD_MESSAGES) held.push(message);
          else fail(new PartylineError('protocol_error', `${link.welcome.edge} says too much before ready.`));
        },
        media: (bytes) => this.#handlers.media(bytes, link),
        silent: fail,
        lost: fail,
      });
    });
  }

  #closeShadow(): void {
    const shadow = this.#shadow;
    if (shadow === undefined) return;
    this.#shadow = undefined;
    shadow.close();
    this.#admission.avoid(shadow.welcome.edge);
    this.#handlers.closed(shadow);
  }

  #wait(pauseMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = this.#timers.after(pauseMs, resolve);
      this.#endPause = () => {
        timer.cancel();
        resolve();
      };
    });
  }
}
