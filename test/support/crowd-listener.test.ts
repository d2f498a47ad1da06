import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { encodeControl, encodeMedia } from '@partyline/protocol';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type WebSocket, WebSocketServer } from 'ws';
import { ACK_MS, CrowdListener } from './crowd-listener.ts';
import { syntheticFrame } from './synthetic-voice.ts';
import { until } from './wait.ts';

const TOPIC = 7;
const FRAME_MS = 60;

/** An edge's side of one connection, and what it was told to have been received. */
class EdgeSide {
  readonly acks: number[] = [];
  #server!: WebSocketServer;
  #socket!: WebSocket;

  async listen(): Promise<string> {
    this.acks.length = 0;
    this.#server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
    this.#server.on('connection', (socket) => {
      this.#socket = socket;
      socket.on('message', (data) => {
        const message = JSON.parse(String(data)) as { type: string; sequence: number };
        if (message.type === 'ack') this.acks.push(message.sequence);
        if (message.type !== 'hello') return;
        this.say({ type: 'subscribed', topic: TOPIC, sequence: 0, skippedFrames: 0 });
        this.say({ type: 'ready' });
      });
    });
    await once(this.#server, 'listening');
    return `ws://127.0.0.1:${(this.#server.address() as AddressInfo).port}/v1/ws`;
  }

  say(message: Parameters<typeof encodeControl>[0]): void {
    this.#socket.send(encodeControl(message), { binary: false });
  }

  send(sequence: number): void {
    const header = { topic: TOPIC, sequence, ingressAtUs: 0, sentAtUs: 0 };
    this.#socket.send(encodeMedia(header, [syntheticFrame(1, sequence, { level: 20, active: true }, 0)]));
  }

  close(): void {
    this.#socket.terminate();
    this.#server.close();
  }
}

const edge = new EdgeSide();
let listener: CrowdListener;

beforeEach(async () => {
  // The listener's clock alone: sockets go on as ever.
  vi.useFakeTimers({ toFake: ['performance'] });
  listener = await CrowdListener.open(await edge.listen(), 'a ticket');
});
afterEach(() => {
  vi.useRealTimers();
  listener.leave();
  edge.close();
});

const hear = async (sequence: number): Promise<void> => {
  vi.advanceTimersByTime(FRAME_MS);
  edge.send(sequence);
  await until(`message ${sequence}`, () => listener.frames === sequence);
};

describe('a listener of a crowd', () => {
  it('acknowledges as it reads, though its process has no time for timers', async () => {
    for (let sequence = 1; sequence <= 30; sequence++) await hear(sequence);
    await until('acknowledgements', () => edge.acks.length >= 6);
    const [first = 0, ...later] = edge.acks;
    expect(first).toBeLessThanOrEqual(6);
    // The oldest of five messages is 240 ms old, that of four would be 180.
    expect(later.slice(0, 4)).toEqual([first + 5, first + 10, first + 15, first + 20]);
    expect(listener).toMatchObject({ ready: true, closed: undefined, skippedFrames: 0 });
  });

  it('acknowledges what came last when it is asked to look, once', async () => {
    for (let sequence = 1; sequence <= 7; sequence++) await hear(sequence);
    vi.advanceTimersByTime(2 * ACK_MS);
    listener.acknowledgeWhenDue(performance.now());
    await until('an acknowledgement', () => edge.acks.at(-1) === 7);
    const { length } = edge.acks;
    vi.advanceTimersByTime(2 * ACK_MS);
    listener.acknowledgeWhenDue(performance.now());
    await hear(8);
    edge.say({ type: 'paused', topic: TOPIC, sequence: 8 });
    await until('the next one', () => edge.acks.length > length);
    expect(edge.acks[length]).toBe(8);
  });

  it('acknowledges at once when it is paused, and counts what was skipped', async () => {
    await hear(1);
    await hear(2);
    edge.say({ type: 'paused', topic: TOPIC, sequence: 2 });
    await until('an acknowledgement', () => edge.acks.at(-1) === 2);
    edge.say({ type: 'subscribed', topic: TOPIC, sequence: 6, skippedFrames: 4 });
    await until('the resumption', () => listener.skippedFrames === 4);
    expect(listener.pauses).toBe(1);
  });
});
