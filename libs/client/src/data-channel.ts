import {
  type ClientMessageOf,
  type EdgeMessageOf,
  MAX_DATA_BYTES,
  MAX_DATA_RECIPIENTS,
} from '@partyline/protocol';
import { PartylineError } from './errors.ts';
import type { DataMessage, OutgoingData } from './room-types.ts';
import type { Timer, Timers } from './timers.ts';

interface Pending {
  resolve(result: { recipients: number }): void;
  reject(error: PartylineError): void;
  timer: Timer;
  /** The connection that it was sent by. */
  by: object | undefined;
}

const TIMEOUT_MS = 5_000;
/** The same message comes by two connections at once while moving (protocol rule 62). */
const REPEAT_MS = 5_000;
/** Messages of which copies are known as such; older ones are forgotten first. */
const MAX_REMEMBERED = 1_024;
/** Messages that await their answer; more than this is a flood of the caller's. */
const MAX_PENDING = 256;

/** Chat and data: sends, and matches the edge's answers to what was sent. */
export class DataChannel {
  readonly #timers: Timers;
  readonly #pending = new Map<number, Pending>();
  /** What came lately: when, and by which connection. */
  readonly #received = new Map<string, { atMs: number; by: object }>();
  #nextId = 1;

  constructor(timers: Timers) {
    this.#timers = timers;
  }

  /**
   * @param by the connection that `send` uses
   * @param send false when nothing is connected
   */
  send(
    data: OutgoingData,
    by: object | undefined,
    send: (message: ClientMessageOf<'data'>) => boolean,
  ): Promise<{ recipients: number }> {
    const fault = faultOf(data);
    if (fault !== undefined) return Promise.reject(new PartylineError('invalid_option', fault));
    if (this.#pending.size >= MAX_PENDING) {
      return Promise.reject(
        new PartylineError(
          'rate_limited',
          `${MAX_PENDING} messages already await their answer; send slower.`,
        ),
      );
    }
    const id = this.#nextId;
    this.#nextId = (this.#nextId + 1) >>> 0;
    const message: ClientMessageOf<'data'> = {
      type: 'data',
      id,
      ...(data.label === undefined ? {} : { label: data.label }),
      ...(data.text === undefined ? {} : { text: data.text }),
      ...(data.bytes === undefined ? {} : { bytes: toBase64(data.bytes) }),
      ...(data.to === undefined ? {} : { to: data.to }),
    };
    if (!send(message)) {
      return Promise.reject(
        new PartylineError('not_connected', 'Not connected at the moment; the message was not sent.'),
      );
    }
    return new Promise((resolve, reject) => {
      const timer = this.#timers.after(TIMEOUT_MS, () => {
        this.#pending.delete(id);
        reject(
          new PartylineError('timeout', 'The edge did not say in time whether the message was passed on.'),
        );
      });
      this.#pending.set(id, { resolve, reject, timer, by });
    });
  }

  acknowledged(message: EdgeMessageOf<'dataAck'>): void {
    const pending = this.#take(message.id);
    pending?.resolve({ recipients: message.recipients });
  }

  /** The connection is gone: what was not answered may or may not have arrived, and is never sent again. */
  disconnected(by: object): void {
    for (const [id, pending] of [...this.#pending]) if (pending.by === by) this.#lose(id);
  }

  /** The room is over, whichever connections there were. */
  end(): void {
    for (const id of [...this.#pending.keys()]) this.#lose(id);
  }

  /** Whether this is not the copy of a message that came by another connection. */
  isNew(message: EdgeMessageOf<'data'>, by: object): boolean {
    const key = `${message.streamId}:${message.id}`;
    const nowMs = performance.now();
    const before = this.#received.get(key);
    this.#received.delete(key);
    // Each message has one copy at most. The same number on the same connection is a sender that counts anew.
    if (before !== undefined && before.by !== by && nowMs - before.atMs < REPEAT_MS) return false;
    this.#received.set(key, { atMs: nowMs, by });
    if (this.#received.size > MAX_REMEMBERED) this.#received.delete(this.#received.keys().next().value!);
    return true;
  }

  static received(message: EdgeMessageOf<'data'>): DataMessage {
    return {
      from: message.from,
      streamId: message.streamId,
      label: message.label,
      text: message.text,
      bytes: message.bytes === undefined ? undefined : fromBase64(message.bytes),
      direct: message.direct,
    };
  }

  #lose(id: number): void {
    this.#take(id)?.reject(
      new PartylineError('not_connected', 'The connection was lost before the message was answered.'),
    );
  }

  #take(id: number): Pending | undefined {
    const pending = this.#pending.get(id);
    if (pending === undefined) return undefined;
    this.#pending.delete(id);
    pending.timer.cancel();
    return pending;
  }
}

/** Most characters of the world take more than one byte, and an edge closes the connection for a message too long. */
const encoder = new TextEncoder();

const faultOf = ({ text, bytes, label, to }: OutgoingData): string | undefined => {
  if ((text === undefined) === (bytes === undefined)) return 'Give exactly one of text and bytes.';
  const size = text === undefined ? bytes!.length : encoder.encode(text).length;
  if (size > MAX_DATA_BYTES) return `A message holds at most ${MAX_DATA_BYTES} bytes, not ${size}.`;
  if (label !== undefined && (label.length < 1 || label.length > 64))
    return 'A label has 1 to 64 characters.';
  if (to !== undefined && to.length > MAX_DATA_RECIPIENTS)
    return `Name at most ${MAX_DATA_RECIPIENTS} recipients.`;
  return undefined;
};

const toBase64 = (bytes: Uint8Array): string => {
  let binary = '';
  for (let at = 0; at < bytes.length; at += 4_096) {
    binary += String.fromCharCode(...bytes.subarray(at, at + 4_096));
  }
  return btoa(binary);
};

const fromBase64 = (text: string): Uint8Array => Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
