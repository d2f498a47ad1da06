import type { RoomId } from '@partyline/protocol';
import { keySlot } from '@partyline/redis';
import { describe, expect, it } from 'vitest';
import { Keys, SHARDS, shardOf } from './keys.ts';

const names = Array.from({ length: 1_600 }, (_, index) => `room-${index}` as RoomId);

describe('keys', () => {
  it('put a room into the same shard in every version of this code', () => {
    const shards = ['lobby', 'a', 'A.b_c-9', 'room-1', 'z'.repeat(64)].map((name) => shardOf(name as RoomId));
    expect(shards).toEqual([9, 0, 13, 8, 1]);
  });

  it('spread rooms evenly', () => {
    const counts = Array.from({ length: SHARDS }, () => 0);
    for (const name of names) counts[shardOf(name)]! += 1;
    expect(Math.min(...counts)).toBeGreaterThan(60);
    expect(Math.max(...counts)).toBeLessThan(140);
  });

  it('of one script lie in one slot, and differ between regions and prefixes', () => {
    const keys = new Keys({ prefix: 'p', region: 'eu' });
    for (const name of names.slice(0, 50)) {
      const slots = new Set([...keys.room(name), ...keys.shard(shardOf(name))].map(keySlot));
      expect(slots.size).toBe(1);
    }
    const edges = [...keys.edges, keys.lease('e1' as never), ...keys.events(SHARDS)];
    expect(new Set(edges.map(keySlot)).size).toBe(1);
    const others = [new Keys({ prefix: 'p', region: 'us' }), new Keys({ prefix: 'q', region: 'eu' })];
    for (const other of others) {
      expect(other.room(names[0]!).some((key) => keys.room(names[0]!).includes(key))).toBe(false);
    }
  });
});
