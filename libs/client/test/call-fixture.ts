import type { EdgeMessageOf } from '@partyline/protocol';
import { vi } from 'vitest';
import { joinRoom } from '../src/join-room.ts';
import type { ReceivedFrame, Room, RoomState } from '../src/room-types.ts';
import { FakeService, type FakeSocket, participant } from './fake-service.ts';

/** An order to go to edge-b, or else to edge-c. */
export const move = (more: Partial<EdgeMessageOf<'move'>> = {}): EdgeMessageOf<'move'> => ({
  type: 'move',
  withinMs: 10_000,
  ticket: 'moving-ticket',
  expiresAt: 1,
  edge: 'edge-b',
  url: 'ws://edge-b.test/v1/ws',
  fallbacks: [{ edge: 'edge-c', url: 'ws://edge-c.test/v1/ws' }],
  ...more,
});

/** A room in the middle of a call on edge-a; new connections wait for the test to say `ready`. Needs fake timers. */
export class CallFixture {
  readonly service = new FakeService();
  readonly states: RoomState[] = [];
  readonly heard: ReceivedFrame[] = [];
  room!: Room;
  /** The connection to the first edge. */
  first!: FakeSocket;

  static async begin(): Promise<CallFixture> {
    const call = new CallFixture();
    const { service } = call;
    service.welcome = { participants: [participant(1, { identity: 'ada' }), participant(2)] };
    call.room = await joinRoom({
      url: 'http://127.0.0.1:8080/base',
      room: 'lobby',
      name: 'Ada',
      network: service.network,
    });
    await call.wait(200);
    call.first = service.socket;
    call.room.on('state', (state) => call.states.push(state));
    call.room.on('frame', (received) => call.heard.push(received));
    service.readyAtOnce = false;
    return call;
  }

  /** Publishes one frame. */
  speak(): boolean {
    const capture = { capturedAtMs: 5_000, durationMs: 20, levelDbov: 30, active: true };
    return this.room.publishFrame({ ...capture, payload: Uint8Array.of(1) });
  }

  /** Lets what is due at once happen. */
  settle(): Promise<unknown> {
    return vi.advanceTimersByTimeAsync(0);
  }

  /** Time passes while all edges go on sending heartbeats. */
  async wait(ms: number): Promise<void> {
    for (let at = 0; at < ms; at += 100) {
      for (const socket of this.service.sockets)
        if (!socket.closed) socket.say({ type: 'heartbeat', time: 1 });
      await vi.advanceTimersByTimeAsync(Math.min(100, ms - at));
    }
  }

  async end(): Promise<void> {
    const left = this.room.leave();
    await vi.advanceTimersByTimeAsync(1_000);
    await left;
  }
}
