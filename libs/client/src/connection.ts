import type { EdgeMessage, EdgeMessageOf } from '@partyline/protocol';
import type { Admission } from './admission.ts';
import { type ConnectionEvent, INITIAL_STATE, transition } from './connection-state.ts';
import { type EdgeLink, isFinal } from './edge-link.ts';
import { PartylineError } from './errors.ts';
import { retryDelayMs } from './retry-delay.ts';
import type { RoomState } from './room-types.ts';

/** Told by a connection, across all its links. */
export interface ConnectionHandlers {
  state(state: RoomState): void;
  /** In the room, for the first time or again. */
  welcomed(welcome: EdgeMessageOf<'welcome'>, link: EdgeLink): void;
  message(message: EdgeMessage): void;
  media(bytes: Uint8Array): void;
}

const LEAVE_DEADLINE_MS = 1_000;

/** Refusals that another try would only meet again. */
const FINAL_CODES = new Set(['invalid_option', 'join_refused', 'not_allowed', 'aborted']);

/** Keeps a participant connected: one link at a time, a new one when it is lost, until ended. */
export class Connection {
  readonly #admission: Admission;
  readonly #handlers: ConnectionHandlers;
  readonly #abort = new AbortController();
  #state: RoomState = INITIAL_STATE;
  #link: EdgeLink | undefined;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #reconnects = 0;
  #muted: () => boolean;

  /** @param muted whether to come (back) muted, asked at each hello */
  constructor(admission: Admission, muted: () => boolean, handlers: ConnectionHandlers) {
    this.#admission = admission;
    this.#muted = muted;
    this.#handlers = handlers;
  }

  get state(): RoomState {
    return this.#state;
  }

  /** The link in use; undefined while none is. */
  get link(): EdgeLink | undefined {
    return this.#link;
  }

  get reconnects(): number {
    return this.#reconnects;
  }

  /**
   * The first join; later ones happen by themselves.
   * @throws PartylineError why it failed; the connection is then closed
   */
  async start(timeoutMs: number): Promise<void> {
    const timer = setTimeout(
      () => this.end(new PartylineError('timeout', `Joining took longer than ${timeoutMs} ms.`)),
      timeoutMs,
    );
    try {
      this.#use(await this.#admit());
    } catch (error) {
      const reason =
        this.#state.phase === 'closed' && this.#state.reason !== undefined
          ? this.#state.reason
          : (error as PartylineError);
      this.end(reason);
      throw reason;
    } finally {
      clearTimeout(timer);
    }
  }

  /** Says good-bye and closes. */
  async leave(): Promise<void> {
    const link = this.#link;
    this.#link = undefined;
    if (this.#state.phase === 'closed') return;
    clearTimeout(this.#retry);
    this.#abort.abort();
    if (link !== undefined) await link.leave(LEAVE_DEADLINE_MS);
    this.#apply({ type: 'ended', reason: undefined });
  }

  /** Closes for good, at once. */
  end(reason: PartylineError | undefined): void {
    clearTimeout(this.#retry);
    this.#abort.abort();
    this.#link?.close();
    this.#link = undefined;
    this.#apply({ type: 'ended', reason });
  }

  #admit(): Promise<EdgeLink> {
    this.#apply({ type: 'joining' });
    return this.#admission.admit(this.#muted(), this.#abort.signal, (edge) =>
      this.#apply({ type: 'connecting', edge }),
    );
  }

  #use(link: EdgeLink): void {
    if (this.#state.phase === 'closed' || this.#abort.signal.aborted) {
      link.close();
      return;
    }
    this.#link = link;
    this.#apply({ type: 'welcomed', edge: link.welcome.edge });
    this.#handlers.welcomed(link.welcome, link);
    link.attach({
      message: (message) => {
        if (message.type === 'ticket') this.#admission.renew(message.ticket);
        if (message.type === 'ready') this.#apply({ type: 'ready' });
        this.#handlers.message(message);
      },
      media: (bytes) => this.#handlers.media(bytes),
      lost: (reason) => this.#lost(link, reason),
    });
  }

  #lost(link: EdgeLink, reason: PartylineError): void {
    if (this.#link !== link) return;
    this.#link = undefined;
    if (isFinal(reason)) {
      this.end(reason);
      return;
    }
    // A close code is an edge that still speaks; anything else may be one that is gone.
    if (reason.closeCode === undefined || reason.closeCode < 4000 || reason.closeCode >= 4200) {
      this.#admission.avoid(link.welcome.edge);
    }
    this.#retryIn(1, reason);
  }

  #retryIn(attempt: number, reason: PartylineError): void {
    const delayMs = retryDelayMs(attempt, reason.retryAfterMs);
    this.#apply({ type: 'lost', attempt, delayMs, reason });
    if (this.#state.phase === 'closed') return;
    this.#retry = setTimeout(() => void this.#tryAgain(attempt), delayMs);
  }

  async #tryAgain(attempt: number): Promise<void> {
    let link: EdgeLink;
    try {
      link = await this.#admit();
    } catch (error) {
      if (this.#state.phase === 'closed') return;
      const reason =
        error instanceof PartylineError
          ? error
          : new PartylineError('service_failed', String(error), { cause: error });
      if (isFinal(reason) || FINAL_CODES.has(reason.code)) this.end(reason);
      else this.#retryIn(attempt + 1, reason);
      return;
    }
    this.#reconnects += 1;
    this.#use(link);
  }

  #apply(event: ConnectionEvent): void {
    const next = transition(this.#state, event);
    if (next === this.#state) return;
    this.#state = next;
    this.#handlers.state(next);
  }
}
