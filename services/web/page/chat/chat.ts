import type { DataMessage, PartylineError, Room } from '@partyline/client';
import { type ChatEntry, ChatLog, type Delivery } from './chat-log.ts';

/** The part of a room that a conversation needs. */
export type ChatRoom = Pick<Room, 'identity' | 'streamId' | 'state' | 'participants' | 'on' | 'sendData'>;

/** Whom a message is for alone. */
export interface Recipient {
  identity: string;
  name: string;
}

export interface ChatHandlers {
  /** Somebody else wrote. */
  received(entry: ChatEntry): void;
}

/** Why a message was not taken. */
export type Refusal = 'empty' | 'too_long' | 'not_connected';

/** What data messages are called that are part of the conversation. */
export const CHAT_LABEL = 'chat';
/** In UTF-16 units: a screen full, and a fraction of what the protocol carries. */
export const MAX_MESSAGE_CHARS = 4_000;

/** The room's conversation: takes what comes, sends what is written, and follows what becomes of it. */
export class Chat {
  readonly log = new ChatLog();
  readonly #room: ChatRoom;
  readonly #handlers: ChatHandlers;
  readonly #now: () => number;
  readonly #stopListening: () => void;
  #watched = false;
  #unread = 0;

  /** @param now epoch ms */
  constructor(room: ChatRoom, handlers: ChatHandlers, now: () => number = Date.now) {
    this.#room = room;
    this.#handlers = handlers;
    this.#now = now;
    this.#stopListening = room.on('data', (message) => this.#received(message));
  }

  /** How many came that nobody has seen. */
  get unread(): number {
    return this.#unread;
  }

  /** Whether the conversation is in sight. */
  get watched(): boolean {
    return this.#watched;
  }

  set watched(watched: boolean) {
    this.#watched = watched;
    if (watched) this.#unread = 0;
  }

  /** Whether a message could be sent now. */
  get connected(): boolean {
    return this.#room.state.phase === 'live';
  }

  /**
   * Sends a message, to all unless `to` is given.
   * @returns why it was not taken; undefined when it is on its way
   */
  send(text: string, to?: Recipient): Refusal | undefined {
    const trimmed = text.trim();
    if (trimmed === '') return 'empty';
    if (trimmed.length > MAX_MESSAGE_CHARS) return 'too_long';
    if (!this.connected) return 'not_connected';
    const { identity } = this.#room;
    const { id } = this.log.add({
      atMs: this.#now(),
      from: identity,
      name: this.#nameOf(identity),
      own: true,
      text: trimmed,
      delivery: { state: 'sending' },
      ...(to === undefined ? {} : { direct: { identity: to.identity, name: to.name } }),
    });
    void this.#deliver(id, trimmed, to?.identity);
    return undefined;
  }

  /** Sends one again that has not arrived. @returns why not */
  retry(id: number): Refusal | undefined {
    const entry = this.log.find(id);
    if (entry?.delivery?.state !== 'failed') return undefined;
    if (!this.connected) return 'not_connected';
    this.log.deliver(id, { state: 'sending' });
    void this.#deliver(id, entry.text, entry.direct?.identity);
    return undefined;
  }

  end(): void {
    this.#stopListening();
  }

  async #deliver(id: number, text: string, to: string | undefined): Promise<void> {
    let delivery: Delivery;
    try {
      const { recipients } = await this.#room.sendData({
        text,
        label: CHAT_LABEL,
        ...(to === undefined ? {} : { to: [to] }),
      });
      const missed = to !== undefined && recipients === 0;
      delivery = missed ? { state: 'failed', why: 'nobody' } : { state: 'delivered', recipients };
    } catch (error) {
      delivery = { state: 'failed', why: whyOf(error) };
    }
    this.log.deliver(id, delivery);
  }

  #received({ from, streamId, label, text, direct }: DataMessage): void {
    if (label !== CHAT_LABEL || text === undefined || text.trim() === '') return;
    if (streamId === this.#room.streamId) return;
    const name = this.#nameOf(from);
    const entry = this.log.add({
      atMs: this.#now(),
      from,
      name,
      own: false,
      text,
      ...(direct ? { direct: { identity: from, name } } : {}),
    });
    if (!this.#watched) this.#unread += 1;
    this.#handlers.received(entry);
  }

  /** Who only listens is not in the list of people: then the identity has to do. */
  #nameOf(identity: string): string {
    const person = this.#room.participants.find((participant) => participant.identity === identity);
    return person?.name || identity;
  }
}

/** A connection that was lost, or an edge that kept silent, may have passed the message on all the same. */
function whyOf(error: unknown): Extract<Delivery, { state: 'failed' }>['why'] {
  const { code } = error as Partial<PartylineError>;
  return code === 'timeout' || code === 'not_connected' ? 'maybe' : 'refused';
}
