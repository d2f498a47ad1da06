import type { DataMessage, OutgoingData, Participant, RoomState } from '@partyline/client';
import { beforeEach, describe, expect, it } from 'vitest';
import { Chat, type ChatRoom, MAX_MESSAGE_CHARS } from './chat.ts';
import type { ChatEntry } from './chat-log.ts';

const person = (identity: string, name: string): Participant => ({
  streamId: identity.length,
  identity,
  name,
  publisher: true,
  muted: false,
  moderated: false,
  reconnecting: false,
  selection: 'auto',
  self: identity === 'me',
  speaking: false,
});

/** A room of which the test plays the service's side. */
class Room {
  readonly identity = 'me';
  readonly streamId = 2;
  state: RoomState = { phase: 'live', edge: 'edge-1', ready: true };
  participants = [person('me', 'Ada'), person('guest-1', 'Bob')];
  readonly sent: OutgoingData[] = [];
  answer: () => Promise<{ recipients: number }> = async () => ({ recipients: 2 });
  #listener: ((message: DataMessage) => void) | undefined;

  readonly on = ((_event: string, listener: (message: DataMessage) => void) => {
    this.#listener = listener;
    return () => {
      this.#listener = undefined;
    };
  }) as ChatRoom['on'];

  async sendData(data: OutgoingData): Promise<{ recipients: number }> {
    this.sent.push(data);
    return this.answer();
  }

  say(text: string, more: Partial<DataMessage> = {}): void {
    const usual = { from: 'guest-1', streamId: 7, label: 'chat', bytes: undefined, direct: false };
    this.#listener?.({ ...usual, text, ...more });
  }
}

const failure = (code: string) => async (): Promise<never> => {
  throw Object.assign(new Error(code), { code });
};
const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));

describe('Chat', () => {
  let room: Room;
  let chat: Chat;
  let received: ChatEntry[];
  beforeEach(() => {
    room = new Room();
    received = [];
    chat = new Chat(room, { received: (entry) => received.push(entry) }, () => 5_000);
  });

  it('takes what others write, with the name that they have', () => {
    room.say('Hello');
    room.say('from a listener', { from: 'quiet-one' });
    expect(chat.log.entries).toMatchObject([
      { name: 'Bob', text: 'Hello', own: false, atMs: 5_000 },
      { name: 'quiet-one', text: 'from a listener' },
    ]);
    expect(chat.log.entries[0]!.direct).toBeUndefined();
    expect(received).toHaveLength(2);
  });

  it('says which messages came to oneself alone', () => {
    room.say('psst', { direct: true });
    expect(chat.log.entries[0]!.direct).toEqual({ identity: 'guest-1', name: 'Bob' });
  });

  it('takes nothing that is no chat', () => {
    room.say('{"x":1}', { label: 'game' });
    room.say('', {});
    room.say(undefined as never, { bytes: new Uint8Array(1) });
    expect(chat.log.entries).toEqual([]);
  });

  it('counts what came out of sight, until it is seen', () => {
    room.say('one');
    room.say('two');
    expect(chat.unread).toBe(2);
    chat.watched = true;
    room.say('three');
    expect(chat.unread).toBe(0);
    chat.watched = false;
    room.say('four');
    expect(chat.unread).toBe(1);
  });

  it('sends to all, trimmed, and tells how many it reached', async () => {
    expect(chat.send('  Hello\nthere \n')).toBeUndefined();
    expect(chat.log.entries).toMatchObject([
      { name: 'Ada', own: true, text: 'Hello\nthere', delivery: { state: 'sending' } },
    ]);
    await settle();
    expect(room.sent).toEqual([{ text: 'Hello\nthere', label: 'chat' }]);
    expect(chat.log.entries[0]!.delivery).toEqual({ state: 'delivered', recipients: 2 });
  });

  it('sends to one alone, and notices that they are gone', async () => {
    const bob = { identity: 'guest-1', name: 'Bob' };
    chat.send('psst', bob);
    room.answer = async () => ({ recipients: 0 });
    chat.send('still there?', bob);
    await settle();
    expect(room.sent.map(({ to }) => to)).toEqual([['guest-1'], ['guest-1']]);
    expect(chat.log.entries[1]).toMatchObject({ direct: bob, delivery: { state: 'failed', why: 'nobody' } });
  });

  it('refuses what is empty or too long, and everything while there is no connection', () => {
    expect(chat.send(' \n ')).toBe('empty');
    expect(chat.send('x'.repeat(MAX_MESSAGE_CHARS + 1))).toBe('too_long');
    expect(chat.send('名'.repeat(MAX_MESSAGE_CHARS))).toBeUndefined();
    room.state = { phase: 'connecting', edge: 'edge-1' };
    expect(chat.send('Hello')).toBe('not_connected');
    expect(chat.log.entries).toHaveLength(1);
  });

  it('keeps one that did not arrive, and sends it again when told so', async () => {
    room.answer = failure('timeout');
    chat.send('Hello');
    await settle();
    const { id, delivery } = chat.log.entries[0]!;
    expect(delivery).toEqual({ state: 'failed', why: 'maybe' });
    room.state = { phase: 'connecting', edge: 'edge-1' };
    expect(chat.retry(id)).toBe('not_connected');
    room.state = { phase: 'live', edge: 'edge-1', ready: true };
    room.answer = async () => ({ recipients: 1 });
    expect(chat.retry(id)).toBeUndefined();
    expect(chat.retry(id)).toBeUndefined();
    await settle();
    expect(room.sent).toHaveLength(2);
    expect(chat.log.entries[0]!.delivery).toEqual({ state: 'delivered', recipients: 1 });
    expect(chat.log.entries).toHaveLength(1);
  });

  it('tells a message that was refused from one that may have arrived', async () => {
    for (const [code, why] of [
      ['not_connected', 'maybe'],
      ['rate_limited', 'refused'],
      ['invalid_option', 'refused'],
    ] as const) {
      room.answer = failure(code);
      chat.send(code);
      await settle();
      expect(chat.log.entries.at(-1)!.delivery).toEqual({ state: 'failed', why });
    }
  });

  it('listens no more once the call is over', () => {
    chat.end();
    room.say('too late');
    expect(chat.log.entries).toEqual([]);
  });
});
