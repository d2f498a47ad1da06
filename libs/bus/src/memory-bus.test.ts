import { describe, expect, it, vi } from 'vitest';
import { busContract } from './contract.ts';
import { MemoryBus, MemoryBusHub } from './memory-bus.ts';

busContract('memory', async () => {
  const hub = new MemoryBusHub();
  return { a: new MemoryBus(hub), b: new MemoryBus(hub) };
});

describe('MemoryBus', () => {
  it('drops and counts what exceeds its queue, and tells the publisher', async () => {
    const hub = new MemoryBusHub();
    const publisher = new MemoryBus(hub);
    const slow = new MemoryBus(hub, { maxQueuedMessages: 3, maxQueuedBytes: 100 });
    await Promise.all([publisher.start(), slow.start()]);
    const heard: number[] = [];
    await slow.subscribe('room', (message) => heard.push(message[0]!));
    const reached = await Promise.all(
      [1, 2, 3, 4, 5].map((value) => publisher.publish('room', Uint8Array.of(value))),
    );
    expect(reached).toEqual([1, 1, 1, 0, 0]);
    await vi.waitFor(() => expect(heard).toEqual([1, 2, 3]));
    expect(slow.stats).toMatchObject({ delivered: 3, dropped: 2 });
    expect(await publisher.publish('room', new Uint8Array(101))).toBe(0);
    expect(slow.stats.dropped).toBe(3);
  });

  it('does not starve the event loop when handlers publish', async () => {
    const bus = new MemoryBus();
    await bus.start();
    let rounds = 0;
    await bus.subscribe('echo', (message) => {
      rounds += 1;
      void bus.publish('echo', message);
    });
    await bus.publish('echo', Uint8Array.of(1));
    await new Promise((resolve) => setTimeout(resolve, 5));
    await bus.stop();
    expect(rounds).toBeGreaterThan(0);
  });
});
