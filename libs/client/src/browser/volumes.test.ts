import { describe, expect, it } from 'vitest';
import { Emitter } from '../emitter.ts';
import type { Participant, Room, RoomEvents } from '../room-types.ts';
import { Volumes } from './volumes.ts';

/** The part of a room that volumes look at: who is there, and who comes. */
class Attended {
  participants: Participant[] = [];
  readonly #events = new Emitter<RoomEvents>();
  readonly on = this.#events.on.bind(this.#events);

  join(identity: string, streamId: number): void {
    const one = { identity, streamId } as Participant;
    this.participants = [...this.participants, one];
    const change = { listeners: 0, updated: [], left: [] };
    this.#events.emit('participants', { ...change, participants: this.participants, joined: [one] });
  }

  leave(identity: string): void {
    this.participants = this.participants.filter((one) => one.identity !== identity);
  }
}

const setUp = () => {
  const room = new Attended();
  const applied: [number, number][] = [];
  const volumes = new Volumes(room as unknown as Room, (...each) => applied.push(each));
  return { room, applied, volumes };
};

describe('Volumes', () => {
  it('holds for somebody who leaves and joins again with another stream', () => {
    const { room, applied, volumes } = setUp();
    room.join('ada', 1);
    volumes.set('ada', 0.5);
    room.leave('ada');
    room.join('grace', 2);
    room.join('ada', 3);
    expect(applied).toEqual([
      [1, 0.5],
      [3, 0.5],
    ]);
  });

  it('may be set for somebody who is not there yet, and taken back', () => {
    const { room, applied, volumes } = setUp();
    volumes.set('ada', 0);
    volumes.set('ada', 1);
    room.join('ada', 1);
    expect(applied).toEqual([]);
    expect(volumes.of('ada')).toBe(1);
  });

  it('forgets the one set longest ago beyond a thousand', () => {
    const { volumes } = setUp();
    for (let i = 0; i <= 1_000; i += 1) volumes.set(`p${i}`, 2);
    expect([volumes.of('p0'), volumes.of('p1'), volumes.of('p1000')]).toEqual([1, 2, 2]);
  });

  it('refuses what is no volume, and says what one is', () => {
    const { volumes } = setUp();
    for (const volume of [-0.1, 4.1, Number.NaN]) {
      expect(() => volumes.set('ada', volume)).toThrow(/from 0 to 4/);
    }
  });

  it('applies nothing after it was closed', () => {
    const { room, applied, volumes } = setUp();
    volumes.set('ada', 2);
    volumes.close();
    room.join('ada', 1);
    expect(applied).toEqual([]);
  });
});
