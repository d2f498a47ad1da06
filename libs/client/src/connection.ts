import { CLOSE, type ClientMessage, type EdgeMessage, type EdgeMessageOf } from '@partyline/protocol';
import type { Admission } from './admission.ts';
import { Comeback } from './comeback.ts';
import { ShownState } from './connection-state.ts';
import type { EdgeLink } from './edge-link.ts';
import { PartylineError } from './errors.ts';
import { admitFirst } from './first-admission.ts';
import { Move } from './move.ts';
import { isFinal, isHopeless } from './retry-worth.ts';
import type { RoomState } from './room-types.ts';
import type { Timers } from './timers.ts';
import type { HelloWishes } from './wishes.ts';

/** Told by a connection, across all its links. */
export interface ConnectionHandlers {
  state(state: RoomState): void;
  /** A link receives from now on, the session's or one beside it. */
  opened(link: EdgeLink): void;
  /** The session is on this link, for the first time or again. */
  joined(link: EdgeLink): void;
  /** The session went over to this link; `from`, if it is still there, is on its way out. */
  moved(link: EdgeLink, from: EdgeLink | undefined): void;
  /** The session's link, taken for lost before, speaks again. */
  recovered(link: EdgeLink): void;
  message(message: EdgeMessage, link: EdgeLink): void;
  media(bytes: Uint8Array, link: EdgeLink): void;
  /** Nothing more comes by this link; `replaced` says that another one is about to take over. */
  closed(link: EdgeLink, replaced: boolean): void;
}

const LEAVE_DEADLINE_MS = 1_000;

/**
 * Keeps a participant connected until ended. One link carries the session. Beside it there may be one that is to
 * take over (a `Move`, or a `Comeback` while the first is only suspected), or one that has been taken over from.
 */
export class Connection {
  readonly #admission: Admission;
  readonly #timers: Timers;
  readonly #handlers: ConnectionHandlers;
  readonly #wishes: () => HelloWishes;
  readonly #abort = new AbortController();
  readonly #shown: ShownState;
  #link: EdgeLink | undefined;
  /** Nothing is heard from `#link` at the moment. */
  #quiet = false;
  /** Since `#link` carries the session, hello was said elsewhere: being superseded may be this client's own doing. */
  #contested = false;
  #retiring: EdgeLink | undefined;
  #move: Move | undefined;
  #comeback: Comeback | undefined;
  #reconnects = 0;
  #moves = 0;

  /** @param wishes what to say in hello, asked at each */
  constructor(admission: Admission, wishes: () => HelloWishes, timers: Timers, handlers: ConnectionHandlers) {
    this.#timers = timers;
    this.#admission = admission;
    this.#wishes = wishes;
    this.#handlers = handlers;
    this.#shown = new ShownState((state) => handlers.state(state));
  }

  get state(): RoomState {
    return this.#shown.value;
  }

  get reconnects(): number {
    return this.#reconnects;
  }

  get moves(): number {
    return this.#moves;
  }

  /** Says something by the link of the session; false when there is none. */
  send(message: ClientMessage): boolean {
    return this.#link?.send(message) ?? false;
  }

  /** Says what holds for a link that is about to take over as well. */
  sendToAll(message: ClientMessage): void {
    this.send(message);
    this.#move?.shadow?.send(message);
  }

  /**
   * The first join; later ones happen by themselves.
   * @throws PartylineError why it failed; the connection is then closed
   */
  async start(timeoutMs: number): Promise<void> {
    const timer = this.#timers.after(timeoutMs, () =>
      this.end(new PartylineError('timeout', `Joining took longer than ${timeoutMs} ms.`)),
    );
    try {
      this.#shown.apply({ type: 'joining' });
      const entry = {
        wishes: this.#wishes(),
        signal: this.#abort.signal,
        connecting: (edge: string) => this.#shown.apply({ type: 'connecting', edge }),
      };
      const link = await admitFirst(this.#admission, entry, timeoutMs, this.#timers);
      if (this.#abort.signal.aborted) link.close();
      else this.#use(link);
    } catch (error) {
      const { state } = this;
      const reason = (state.phase === 'closed' ? state.reason : undefined) ?? (error as PartylineError);
      this.end(reason);
      throw reason;
    } finally {
      timer.cancel();
    }
  }

  /** Says good-bye on every link and closes. */
  async leave(): Promise<void> {
    if (this.state.phase === 'closed') return;
    await Promise.all(this.#dismiss().map((link) => link.leave(LEAVE_DEADLINE_MS)));
    this.#shown.apply({ type: 'ended', reason: undefined });
  }

  /** Closes for good, at once. */
  end(reason: PartylineError | undefined): void {
    for (const link of this.#dismiss()) link.close();
    this.#shown.apply({ type: 'ended', reason });
  }

  /** The link that was taken over from has served its time. */
  retire(link: EdgeLink): void {
    if (this.#retiring === link) this.#retiring = undefined;
    link.close();
    this.#handlers.closed(link, true);
  }

  /** Stops whatever is under way. @returns the links that are open */
  #dismiss(): EdgeLink[] {
    this.#abort.abort();
    this.#comeback?.cancel();
    const links = [this.#link, this.#move?.release(), this.#retiring];
    this.#link = undefined;
    this.#move = undefined;
    this.#retiring = undefined;
    return links.filter((link) => link !== undefined);
  }

  /** The session is on a link that was let in by itself. */
  #use(link: EdgeLink): void {
    const before = this.#link;
    this.#carry(link);
    this.#shown.apply({ type: 'welcomed', edge: link.welcome.edge });
    this.#handlers.opened(link);
    this.#handlers.joined(link);
    if (before !== undefined) this.retire(before);
    this.#listen(link);
  }

  #carry(link: EdgeLink): void {
    this.#link = link;
    this.#quiet = false;
    this.#contested = false;
  }

  #listen(link: EdgeLink): void {
    link.attach({
      message: (message) => this.#message(message, link),
      media: (bytes) => this.#handlers.media(bytes, link),
      quiet: () => this.#wentQuiet(link),
      heard: () => this.#heard(link),
      silent: (reason) => {
        if (this.#move?.shadow === undefined) this.#showLost(reason);
      },
      lost: (reason) => this.#lost(link, reason),
    });
  }

  #message(message: EdgeMessage, link: EdgeLink): void {
    if (message.type === 'ready') this.#shown.apply({ type: 'ready' });
    // While moving, the newest ticket is the one of the move.
    if (message.type === 'ticket' && this.#move === undefined) this.#admission.renew(message.ticket);
    if (message.type === 'move') this.#moveAway(message, link);
    this.#handlers.message(message, link);
  }

  #moveAway(order: EdgeMessageOf<'move'>, from: EdgeLink): void {
    if (this.#comeback !== undefined) return; // It is on its way to another edge already.
    this.#move?.extend(order);
    this.#move ??= new Move(order, from.welcome.edge, this.#admission, this.#wishes, this.#timers, {
      opened: (link) => this.#handlers.opened(link),
      message: (message, link) => this.#handlers.message(message, link),
      media: (bytes, link) => this.#handlers.media(bytes, link),
      closed: (link) => this.#handlers.closed(link, this.#link === undefined),
      ready: (link, held) => this.#moved(link, held),
      over: (reason) => this.#moveOver(reason),
    });
  }

  #moved(link: EdgeLink, held: readonly EdgeMessage[]): void {
    const from = this.#link;
    this.#move = undefined;
    this.#moves += 1;
    this.#admission.settled(link);
    this.#carry(link);
    if (this.#retiring !== undefined) this.retire(this.#retiring);
    this.#retiring = from;
    this.#handlers.moved(link, from);
    from?.attach({
      message: (message) => this.#handlers.message(message, from),
      media: (bytes) => this.#handlers.media(bytes, from),
      // Whatever ends it now is its proper end (protocol rule 65).
      lost: () => this.retire(from),
    });
    this.#shown.apply({ type: 'moved', edge: link.welcome.edge });
    this.#listen(link);
    for (const message of held) this.#message(message, link);
  }

  #moveOver(reason: PartylineError): void {
    this.#contested ||= this.#move?.helloSent === true;
    this.#move = undefined;
    if (this.#link === undefined || this.#quiet) this.#comeBack(reason);
  }

  #wentQuiet(link: EdgeLink): void {
    const { edge } = link.welcome;
    this.#quiet = true;
    this.#admission.avoid(edge);
    if (this.#move !== undefined) return;
    this.#comeBack(new PartylineError('edge_gone', `Nothing is heard from the edge ${edge}.`));
  }

  #heard(link: EdgeLink): void {
    this.#quiet = false;
    this.#admission.forgive(link.welcome.edge);
    // Once hello was said elsewhere, the answer decides: that edge may have taken the session over.
    if (this.#comeback?.helloSent !== true) this.#callOff(link);
  }

  #callOff(link: EdgeLink): void {
    this.#comeback?.cancel();
    this.#comeback = undefined;
    if (this.state.phase !== 'reconnecting') return;
    this.#handlers.recovered(link);
    this.#shown.apply({ type: 'recovered', edge: link.welcome.edge });
  }

  #lost(link: EdgeLink, reason: PartylineError): void {
    const move = this.#move;
    this.#link = undefined;
    this.#handlers.closed(link, move?.shadow !== undefined);
    const ownDoing = this.#contested || move?.helloSent === true || this.#comeback?.helloSent === true;
    if (isFinal(reason) && !(reason.closeCode === CLOSE.superseded && ownDoing)) {
      this.end(reason);
      return;
    }
    // A close code is an edge that still speaks, if only to say that it goes; anything else may be one that is gone.
    const { edge } = link.welcome;
    if (reason.closeCode === undefined || reason.closeCode < 4000) this.#admission.dropped(edge);
    else if (reason.closeCode >= 4200) this.#admission.avoid(edge);
    if (move?.leftAlone() === true) {
      if (move.shadow === undefined) this.#showLost(reason);
      return;
    }
    move?.cancel();
    this.#move = undefined;
    if (this.#comeback === undefined) this.#comeBack(reason);
    else this.#showLost(reason);
  }

  #comeBack(reason: PartylineError): void {
    this.#comeback?.cancel();
    this.#comeback = new Comeback(this.#admission, this.#wishes, reason, this.#timers, {
      waiting: () => {
        if (this.#link === undefined || this.state.phase === 'reconnecting') this.#showLost(reason);
      },
      admitted: (link) => {
        this.#comeback = undefined;
        this.#reconnects += 1;
        this.#use(link);
      },
      failed: (failure) => this.#comebackFailed(failure),
    });
    this.#comeback.start();
  }

  #comebackFailed(reason: PartylineError): boolean {
    this.#contested ||= this.#comeback?.helloSent === true;
    if (this.#link !== undefined && !this.#quiet) {
      this.#callOff(this.#link);
      return false;
    }
    const hopeless = isHopeless(reason);
    if (hopeless) this.end(reason);
    return !hopeless;
  }

  #showLost(reason: PartylineError): void {
    const { attempt = 1, delayMs = 0, reason: why = reason } = this.#comeback ?? {};
    this.#shown.apply({ type: 'lost', attempt, delayMs, reason: why });
  }
}
