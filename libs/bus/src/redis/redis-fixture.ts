import { parseRedisUrl, type RedisTarget } from '@partyline/redis';
import { vi } from 'vitest';
import { BusError } from '../bus.ts';
import { RedisBus, type RedisBusOptions } from './redis-bus.ts';

export const targetOf = (url: string): RedisTarget => {
  const result = parseRedisUrl(url);
  if (!result.ok) throw new Error(result.problem);
  return result.target;
};

export const until = (condition: () => void | Promise<void>, timeout = 10_000): Promise<void> =>
  vi.waitFor(condition, { timeout, interval: 5 });

/** Publishes and says what came of it: the number reached, or the error's code. */
export const tryPublish = async (bus: RedisBus, channel: string, bytes = new Uint8Array(8)) => {
  try {
    return await bus.publish(channel, bytes);
  } catch (error) {
    return error instanceof BusError ? error.code : String(error);
  }
};

/** Buses that are stopped after the test. */
export class Buses {
  readonly #all: RedisBus[] = [];

  make(url: string, options: Partial<RedisBusOptions> = {}): RedisBus {
    const bus = new RedisBus({ target: targetOf(url), name: 'test', ...options });
    this.#all.push(bus);
    return bus;
  }

  async start(url: string, options: Partial<RedisBusOptions> = {}): Promise<RedisBus> {
    const bus = this.make(url, options);
    await bus.start();
    return bus;
  }

  async stop(): Promise<void> {
    await Promise.all(this.#all.splice(0).map((bus) => bus.stop()));
  }
}
