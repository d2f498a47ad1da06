import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Bus, BusError } from './bus.ts';
import { busContract } from './contract.ts';
import { MemoryBus, MemoryBusHub } from './memory-bus.ts';
import { RegionalBus } from './regional-bus.ts';

busContract('regional', async () => {
  const hub = new MemoryBusHub();
  const make = () => new RegionalBus({ region: 'us', own: new MemoryBus(hub), connect: () => undefined });
  return { a: make(), b: make() };
});

const bytes = Uint8Array.of(1);

const gate = () => {
  let open = (): void => {};
  const passed = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { passed, open };
};

/** A bus whose start can be held up or refused. */
class SlowBus extends MemoryBus {
  starts = 0;
  stops = 0;
  startWhen: Promise<void> = Promise.resolve();
  override async start(): Promise<void> {
    this.starts += 1;
    await this.startWhen;
    await super.start();
  }
  override async stop(): Promise<void> {
    this.stops += 1;
    await super.stop();
  }
}

describe('RegionalBus', () => {
  let [us, eu] = [new MemoryBusHub(), new MemoryBusHub()];
  let inEurope: MemoryBus;
  let toEurope: SlowBus;
  let connected: string[];
  let bus: RegionalBus;
  beforeEach(async () => {
    [us, eu] = [new MemoryBusHub(), new MemoryBusHub()];
    inEurope = new MemoryBus(eu);
    await inEurope.start();
    toEurope = new SlowBus(eu);
    connected = [];
    const connect = (region: string): Bus | undefined => {
      connected.push(region);
      return region === 'eu' ? toEurope : undefined;
    };
    bus = new RegionalBus({ region: 'us', own: new MemoryBus(us), connect });
    await bus.start();
  });
  afterEach(async () => {
    vi.useRealTimers();
    await Promise.all([bus.stop(), inEurope.stop()]);
  });

  it('publishes where the channel is, connecting when first needed and once', async () => {
    const heard: string[] = [];
    await inEurope.subscribe('p:eu:room:1', (_, channel) => heard.push(channel));
    await bus.subscribe('p:us:room:1', (_, channel) => heard.push(channel));
    expect(await bus.publish('p:us:room:1', bytes)).toBe(1);
    expect([connected, bus.bus('eu')]).toEqual([[], undefined]);
    expect(await Promise.all([1, 2, 3].map(() => bus.publish('p:eu:room:1', bytes)))).toEqual([1, 1, 1]);
    expect([connected, bus.bus('eu')]).toEqual([['eu'], toEurope]);
    await vi.waitFor(() => expect(heard).toHaveLength(4));
    // The same name in another region is another channel.
    expect(await bus.publish('p:eu:room:2', bytes)).toBe(0);
  });

  it('keeps order, and the bytes as they were, while it connects', async () => {
    const connected = gate();
    toEurope.startWhen = connected.passed;
    const heard: number[] = [];
    await inEurope.subscribe('p:eu:room:1', (message) => heard.push(message[0]!));
    const message = Uint8Array.of(0);
    const published = [1, 2, 3].map((value) => {
      message[0] = value;
      return bus.publish('p:eu:room:1', message);
    });
    connected.open();
    await Promise.all(published);
    await bus.publish('p:eu:room:1', Uint8Array.of(4));
    await vi.waitFor(() => expect(heard).toEqual([1, 2, 3, 4]));
  });

  it('lets a bounded number wait for a connection', async () => {
    const connected = gate();
    toEurope.startWhen = connected.passed;
    const published = Array.from({ length: 300 }, () =>
      bus.publish('p:eu:room:1', bytes).catch((error: BusError) => error.code),
    );
    connected.open();
    const outcomes = await Promise.all(published);
    expect(outcomes.filter((outcome) => outcome === 'unavailable')).toHaveLength(44);
    expect(bus.stats).toMatchObject({ published: 256, dropped: 44 });
  });

  it('bounds the bytes that wait for a connection', async () => {
    const connected = gate();
    toEurope.startWhen = connected.passed;
    const published = Array.from({ length: 6 }, () =>
      bus.publish('p:eu:room:1', new Uint8Array(250_000)).catch((error: BusError) => error.code),
    );
    connected.open();
    expect(await Promise.all(published)).toEqual([0, 0, 0, 0, 'unavailable', 'unavailable']);
  });

  it('refuses what goes to a region that is not known, in a sentence', async () => {
    await expect(bus.publish('p:mars:room:1', bytes)).rejects.toMatchObject({
      code: 'unavailable',
      message: 'No bus of region mars is known; add it to PARTYLINE_REDIS_REGIONS.',
    });
    expect(bus.stats).toMatchObject({ up: true, dropped: 1 });
  });

  it('subscribes in its own region only', async () => {
    await expect(bus.subscribe('p:eu:room:1', () => {})).rejects.toMatchObject({ code: 'bad_channel' });
    expect(connected).toEqual([]);
  });

  it('is up as its own region is, and sums the counters of all', async () => {
    await bus.publish('p:us:room:1', bytes);
    await bus.publish('p:eu:room:1', bytes);
    await toEurope.stop();
    expect(bus.stats).toMatchObject({ up: true, published: 2, publishedBytes: 2 });
  });

  it('leaves a region that cannot work as set up alone for five seconds, then tries it anew', async () => {
    toEurope.startWhen = Promise.reject(new Error('Redis at eu refused the password.'));
    const refused = { code: 'unavailable', message: 'Redis at eu refused the password.' };
    vi.useFakeTimers({ toFake: ['performance'] });
    await expect(bus.publish('p:eu:room:1', bytes)).rejects.toMatchObject(refused);
    await expect(bus.prepare('eu')).rejects.toMatchObject(refused);
    expect([toEurope.starts, toEurope.stops, connected]).toEqual([1, 1, ['eu']]);
    toEurope = new SlowBus(eu);
    vi.advanceTimersByTime(5_001);
    expect(await bus.publish('p:eu:room:1', bytes)).toBe(0);
  });

  it('stops every bus that it connected', async () => {
    await bus.prepare('eu');
    await bus.stop();
    expect(toEurope.stops).toBe(1);
    await expect(bus.publish('p:eu:room:1', bytes)).rejects.toMatchObject({ code: 'stopped' });
    await expect(bus.publish('p:mars:room:1', bytes)).rejects.toBeInstanceOf(BusError);
  });
});
