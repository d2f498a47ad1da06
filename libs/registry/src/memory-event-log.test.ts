import { describe, expect, it } from 'vitest';
import { eventLogContract } from './contract-events.ts';
import { MemoryEventLog } from './memory-event-log.ts';
import { MemoryRegistry } from './memory-registry.ts';

eventLogContract('memory', async () => {
  let nowMs = 1_800_000_000_000;
  const clock = { now: () => nowMs };
  const events = new MemoryEventLog({}, { clock });
  const limits = { retentionMs: 1_200_000, maxRooms: 5 };
  const advance = async (milliseconds: number): Promise<void> => {
    nowMs += milliseconds;
  };
  return { registry: new MemoryRegistry(limits, { clock, events }), events, advance, ...limits };
});

describe('MemoryEventLog', () => {
  it('forgets the oldest beyond its bound, and counts them', async () => {
    const events = new MemoryEventLog({ maxEvents: 2 }, { clock: { now: () => 1 } });
    for (const at of [1, 2, 3]) events.append({ type: 'edge_drained', at, edge: 'e' as never, region: 'eu' });
    expect((await events.read('one', 9)).map(({ event }) => event.at)).toEqual([2, 3]);
    expect(events.stats).toEqual({ appended: 3, dropped: 1 });
  });
});
