import type { RoomId } from '@partyline/protocol';
import type { RoomPlace, RoomPlaces } from '@partyline/registry';
import { createLogger } from '@partyline/telemetry';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { EdgeCounters } from '../counters.ts';
import { FailureLog } from '../failure-log.ts';
import { MAX_ROOM_ENTRIES_AT_ONCE } from '../limits.ts';
import { Presence, type PresentRoom } from './presence.ts';

const room = 'room' as RoomId;
const clock = { now: () => Date.now() };

/** A registry of which the test gives the answers. */
class SlowRegistry {
  readonly calls: string[] = [];
  running = 0;
  mostRunning = 0;
  delayMs = 5;
  away = false;
  complete = true;

  async enterRoom(name: RoomId, { participants }: RoomPlace): Promise<RoomPlaces> {
    await this.#call(`enter ${name} ${participants}`);
    return { places: [], complete: this.complete };
  }

  async leaveRoom(name: RoomId): Promise<void> {
    await this.#call(`leave ${name}`);
  }

  async #call(what: string): Promise<void> {
    this.calls.push(what);
    this.running += 1;
    this.mostRunning = Math.max(this.mostRunning, this.running);
    await new Promise((resolve) => setTimeout(resolve, this.delayMs));
    this.running -= 1;
    if (this.away) throw new Error('away');
  }
}

let registry: SlowRegistry;
let presence: Presence;
let answers: (RoomPlaces | undefined)[];
let participants: number;
const held: PresentRoom = {
  participants: () => participants,
  placesNamed: () => undefined,
  placesKnown: (places) => answers.push(places),
};

beforeEach(() => {
  vi.useFakeTimers();
  registry = new SlowRegistry();
  answers = [];
  participants = 1;
  const counters = new EdgeCounters();
  const log = createLogger({ level: 'error', name: 'test', output: { write: () => undefined } });
  presence = new Presence(
    { edge: 'one', boot: 'b', region: 'eu' },
    { registry, counters: counters.peering, clock, failures: new FailureLog({ log, clock, counters }) },
  );
});
afterEach(() => {
  vi.useRealTimers();
});

const advance = async (durationMs: number): Promise<void> => {
  for (let passedMs = 0; passedMs < durationMs; passedMs += 100) {
    await vi.advanceTimersByTimeAsync(100);
    presence.tick(clock.now());
  }
};

describe('a room in the registry', () => {
  it('is entered at once, and counted at most once a second', async () => {
    presence.hold(room, held);
    for (let i = 0; i < 30; i++) {
      participants += 1;
      presence.counted(room);
      await advance(100);
    }
    await advance(1_200);
    expect(registry.calls[0]).toBe('enter room 1');
    expect(registry.calls.length).toBeLessThanOrEqual(5);
    expect(registry.calls.at(-1)).toBe('enter room 31');
    await advance(20_000);
    expect(registry.calls.length).toBeLessThanOrEqual(5);
  });

  it('is entered again every two seconds or so while the registry is away or incomplete', async () => {
    registry.away = true;
    presence.hold(room, held);
    await advance(6_500);
    expect(answers.length).toBeGreaterThanOrEqual(2);
    expect(answers.length).toBeLessThanOrEqual(5);
    expect(answers.every((places) => places === undefined)).toBe(true);
    registry.away = false;
    registry.complete = false;
    await advance(2_700);
    expect(answers.at(-1)).toMatchObject({ complete: false });
    registry.complete = true;
    await advance(2_700);
    const { length } = answers;
    await advance(5_000);
    expect(answers.at(-1)).toMatchObject({ complete: true });
    expect(answers).toHaveLength(length);
  });

  it('that is left and opened again meanwhile ends as entered, in that order', async () => {
    presence.hold(room, held);
    presence.release(room);
    presence.hold(room, held);
    await advance(1_500);
    expect(registry.calls.at(-1)).toBe('enter room 1');
    presence.release(room);
    await advance(200);
    expect(registry.calls.at(-1)).toBe('leave room');
    await advance(60_000);
    expect(registry.calls.at(-1)).toBe('leave room');
  });

  it('is left when the registry is back', async () => {
    presence.hold(room, held);
    await advance(200);
    registry.away = true;
    presence.release(room);
    await advance(10_000);
    registry.away = false;
    await advance(3_000);
    const { length } = registry.calls;
    await advance(40_000);
    expect(registry.calls).toHaveLength(length);
    expect(registry.calls.at(-1)).toBe('leave room');
  });
});

describe('many rooms', () => {
  it('are told some at a time, all of them', async () => {
    for (let i = 0; i < 500; i++) presence.hold(`room-${i}` as RoomId, held);
    await advance(500);
    expect(registry.mostRunning).toBe(MAX_ROOM_ENTRIES_AT_ONCE);
    expect(new Set(registry.calls).size).toBe(500);
    presence.tellAnew();
    await advance(2_500);
    expect(registry.calls).toHaveLength(1_000);
    expect(registry.mostRunning).toBe(MAX_ROOM_ENTRIES_AT_ONCE);
  });

  it('are left before a stop ends, as far as its time allows', async () => {
    for (let i = 0; i < 100; i++) presence.hold(`room-${i}` as RoomId, held);
    await advance(300);
    for (let i = 0; i < 100; i++) presence.release(`room-${i}` as RoomId);
    const settled = presence.settled(5_000);
    await vi.advanceTimersByTimeAsync(500);
    await settled;
    expect(registry.calls.filter((call) => call.startsWith('leave'))).toHaveLength(100);
  });
});
