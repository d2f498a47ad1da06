import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Bus, BusError, MAX_BUS_MESSAGE_BYTES } from './bus.ts';

/** Two buses that see each other's messages, neither started, and how to clean up after them. */
export interface BusPair {
  a: Bus;
  b: Bus;
  close?: () => Promise<void>;
}

const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);
const until = (condition: () => void): Promise<void> =>
  vi.waitFor(condition, { timeout: 5_000, interval: 2 });

/**
 * Every rule of {@link Bus}, for any engine's tests.
 * @param name the engine, for the titles
 * @param makePair called before every test
 */
export const busContract = (name: string, makePair: () => Promise<BusPair>): void => {
  describe(`bus contract: ${name}`, () => {
    let pair: BusPair;
    let a: Bus;
    let b: Bus;
    beforeEach(async () => {
      pair = await makePair();
      ({ a, b } = pair);
      await Promise.all([a.start(), b.start()]);
    });
    afterEach(async () => {
      await Promise.all([a.stop(), b.stop()]);
      await pair.close?.();
    });

    it('delivers to every subscription of a channel, the own ones included, and to no other channel', async () => {
      const heard: string[] = [];
      await a.subscribe('room', () => heard.push('a'));
      await b.subscribe('room', (message, channel) => heard.push(`b ${message.join(',')} ${channel}`));
      await b.subscribe('room', () => heard.push('b2'));
      await b.subscribe('other', () => heard.push('other'));
      // Two processes at least: an engine may count a process once, however many handlers it has.
      expect(await a.publish('room', bytes(1, 2))).toBeGreaterThanOrEqual(2);
      await until(() => expect(heard).toHaveLength(3));
      expect(new Set(heard)).toEqual(new Set(['a', 'b 1,2 room', 'b2']));
    });

    it('says 0 for a channel nobody listens to', async () => {
      expect(await a.publish('deaf', bytes(1))).toBe(0);
      const subscription = await b.subscribe('deaf', () => {});
      expect(await a.publish('deaf', bytes(1))).toBe(1);
      subscription.close();
      await vi.waitFor(async () => expect(await a.publish('deaf', bytes(1))).toBe(0));
    });

    it('keeps the order of one publisher on one channel', async () => {
      const heard: number[] = [];
      await b.subscribe('room', (message) => heard.push(message[0]! * 256 + message[1]!));
      const sent = Array.from({ length: 500 }, (_, index) => index);
      await Promise.all(sent.map((value) => a.publish('room', bytes(value >> 8, value & 255))));
      await until(() => expect(heard).toHaveLength(500));
      expect(heard).toEqual(sent);
    });

    it('hands each handler bytes of its own', async () => {
      const heard: Uint8Array[] = [];
      const keep = (message: Uint8Array): void => {
        heard.push(Uint8Array.from(message));
        message.fill(0);
      };
      await a.subscribe('room', keep);
      await b.subscribe('room', keep);
      const message = bytes(7, 8, 9);
      const published = a.publish('room', message);
      message.fill(1);
      await published;
      await until(() => expect(heard).toHaveLength(2));
      expect(heard).toEqual([bytes(7, 8, 9), bytes(7, 8, 9)]);
    });

    it('carries an empty message and the largest, and refuses a larger one', async () => {
      const sizes: number[] = [];
      await b.subscribe('room', (message) => sizes.push(message.length));
      await a.publish('room', bytes());
      await a.publish('room', new Uint8Array(MAX_BUS_MESSAGE_BYTES));
      await until(() => expect(sizes).toEqual([0, MAX_BUS_MESSAGE_BYTES]));
      await expect(a.publish('room', new Uint8Array(MAX_BUS_MESSAGE_BYTES + 1))).rejects.toMatchObject({
        name: 'BusError',
        code: 'too_large',
      });
    });

    it('never calls a handler within publish', async () => {
      let calls = 0;
      await a.subscribe('room', () => {
        calls += 1;
      });
      const published = a.publish('room', bytes(1));
      expect(calls).toBe(0);
      await published;
      await until(() => expect(calls).toBe(1));
    });

    it('counts a handler that throws and goes on with the others', async () => {
      let heard = 0;
      await b.subscribe('room', () => {
        throw new Error('handler');
      });
      await b.subscribe('room', () => {
        heard += 1;
      });
      await a.publish('room', bytes(1));
      await a.publish('room', bytes(2));
      await until(() => expect(heard).toBe(2));
      expect(b.stats.handlerErrors).toBe(2);
    });

    it('calls no handler after its subscription was closed, however often', async () => {
      let closed = 0;
      let open = 0;
      const subscription = await b.subscribe('room', () => {
        closed += 1;
      });
      await b.subscribe('room', () => {
        open += 1;
      });
      const published = a.publish('room', bytes(1));
      subscription.close();
      subscription.close();
      await published;
      await until(() => expect(open).toBe(1));
      expect(closed).toBe(0);
    });

    it('calls no handler after stop, and refuses to go on', async () => {
      let heard = 0;
      await b.subscribe('room', () => {
        heard += 1;
      });
      const published = a.publish('room', bytes(1));
      await b.stop();
      const heardAtStop = heard;
      await published;
      await b.stop();
      await a.subscribe('room', () => {});
      await a.publish('room', bytes(2));
      await until(() => expect(a.stats.delivered).toBe(1));
      expect(heard).toBe(heardAtStop);
      expect(b.stats.up).toBe(false);
      await expect(b.publish('room', bytes(1))).rejects.toMatchObject({ code: 'stopped' });
      await expect(b.subscribe('room', () => {})).rejects.toMatchObject({ code: 'stopped' });
    });

    it('refuses bad channel names', async () => {
      for (const channel of ['', 'two words', 'line\nbreak', 'é', 'x'.repeat(257)]) {
        await expect(a.publish(channel, bytes(1))).rejects.toBeInstanceOf(BusError);
        await expect(a.subscribe(channel, () => {})).rejects.toMatchObject({ code: 'bad_channel' });
      }
    });

    it('must be started first', async () => {
      const fresh = await makePair();
      await expect(fresh.a.publish('room', bytes(1))).rejects.toMatchObject({ code: 'not_started' });
      await expect(fresh.a.subscribe('room', () => {})).rejects.toMatchObject({ code: 'not_started' });
      expect(fresh.a.stats.up).toBe(false);
      await Promise.all([fresh.a.stop(), fresh.b.stop()]);
      await fresh.close?.();
    });

    it('counts what passes', async () => {
      await b.subscribe('room', () => {});
      await a.publish('room', bytes(1, 2, 3));
      await a.publish('room', bytes(4));
      await until(() => expect(b.stats.delivered).toBe(2));
      expect(a.stats).toMatchObject({ up: true, published: 2, publishedBytes: 4, dropped: 0 });
    });
  });
};
