import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type ControlOrder, encodeRequest, parseReply, parseRequest } from './control-order.ts';
import { ControlPlane } from './control-plane.ts';
import { MemoryBus, MemoryBusHub } from './memory-bus.ts';

const mute: ControlOrder = { kind: 'mute', room: 'lobby', identity: 'ada', muted: true };

const at = (edge: string, boot = 'boot') => ({ region: 'eu', edge, boot });

describe('ControlPlane', () => {
  let directoryBus: MemoryBus;
  let edgeBus: MemoryBus;
  let directory: ControlPlane;
  let edge: ControlPlane;
  beforeEach(async () => {
    const hub = new MemoryBusHub();
    directoryBus = new MemoryBus(hub);
    edgeBus = new MemoryBus(hub);
    await Promise.all([directoryBus.start(), edgeBus.start()]);
    directory = new ControlPlane({ region: 'us', maxPending: 2 }, { bus: directoryBus });
    edge = new ControlPlane({ region: 'eu', maxRunning: 1 }, { bus: edgeBus });
  });
  afterEach(async () => {
    await Promise.all([directory.stop(), edge.stop()]);
    await Promise.all([directoryBus.stop(), edgeBus.stop()]);
  });

  it('asks all who listen under one name, and waits for no more than there are', async () => {
    const other = new ControlPlane({ region: 'eu' }, { bus: edgeBus });
    await edge.listen('recorders', 'all', async () => ({ outcome: 'done', answer: 1 }));
    await other.listen('recorders', 'all', async () => ({ outcome: 'done', answer: 2 }));
    await other.listen('recorders', 'all', async () => 'not_here');
    const beganMs = performance.now();
    const answers = await directory.askAll(at('recorders', 'all'), { kind: 'recorders' }, 5_000);
    expect(answers.sort()).toEqual([1, 2]);
    expect(await directory.askAll(at('nobody', 'all'), { kind: 'recorders' }, 5_000)).toEqual([]);
    expect(performance.now() - beganMs).toBeLessThan(2_000);
    await other.stop();
  });

  it('asks all for no longer than it is given, and has the answers that came', async () => {
    const other = new ControlPlane({ region: 'eu' }, { bus: edgeBus });
    await edge.listen('recorders', 'all', async () => ({ outcome: 'done', answer: 1 }));
    await other.listen('recorders', 'all', () => new Promise(() => undefined));
    expect(await directory.askAll(at('recorders', 'all'), { kind: 'recorders' }, 100)).toEqual([1]);
    await other.stop();
  });

  it('brings every kind of order to its edge and the outcome back', async () => {
    const orders: ControlOrder[] = [
      mute,
      { kind: 'selection', room: 'lobby', identity: 'ada', selection: 'pinned' },
      { kind: 'remove', room: 'lobby', identity: 'ada', reason: '' },
      { kind: 'replace', room: 'lobby', identity: 'ada', streamId: 5, generation: 0, resumeId: 'r' },
      {
        kind: 'replace',
        room: 'lobby',
        identity: 'ada',
        streamId: 5,
        generation: 0,
        resumeId: 'r',
        replaces: 4,
      },
      { kind: 'close_room', room: 'lobby' },
      { kind: 'drain', windowMs: 30_000, resume: false },
      { kind: 'drain', windowMs: 0, resume: true },
      { kind: 'recorders' },
      { kind: 'record', room: 'lobby', wishes: { tracks: 'ogg' } },
      { kind: 'recordings', room: 'lobby' },
      { kind: 'end_recording', room: 'lobby', recording: 'r-1' },
    ];
    const heard: ControlOrder[] = [];
    await edge.listen('edge-1', 'boot', async (order) => {
      heard.push(order);
      return order.kind === 'mute' ? 'done' : 'not_here';
    });
    for (const order of orders) {
      expect(await directory.order(at('edge-1'), order, 5_000)).toBe(
        order.kind === 'mute' ? 'done' : 'not_here',
      );
    }
    expect(heard).toEqual(orders);
    expect(directory.stats).toMatchObject({
      sent: orders.length,
      answered: orders.length,
      invalid: 0,
      timeouts: 0,
    });
  });

  it('brings an answer back with the outcome', async () => {
    const answer = { connections: 3, regions: ['eu'] };
    await edge.listen('edge-1', 'boot', async () => ({ outcome: 'done', answer }));
    expect(await directory.ask(at('edge-1'), { kind: 'status' }, 5_000)).toEqual({ result: 'done', answer });
    expect(await directory.order(at('edge-1'), { kind: 'status' }, 5_000)).toBe('done');
    await edge.listen('edge-2', 'boot', async () => 'not_here');
    expect(await directory.ask(at('edge-2'), mute, 5_000)).toEqual({ result: 'not_here' });
  });

  it('answers failed in place of what is too large', async () => {
    await edge.listen('edge-1', 'boot', async () => ({ outcome: 'done', answer: 'x'.repeat(70_000) }));
    expect(await directory.ask(at('edge-1'), { kind: 'status' }, 60_000)).toEqual({ result: 'failed' });
    const large = new TextEncoder().encode(
      JSON.stringify({ id: '1', outcome: 'done', answer: 'x'.repeat(70_000) }),
    );
    expect(parseReply(large)).toBeUndefined();
  });

  it('is unreachable when nobody listens: another edge or region, a former boot, a closed listener', async () => {
    const listener = await edge.listen('edge-1', 'boot', async () => 'done');
    expect(await directory.order(at('edge-2'), mute, 5_000)).toBe('unreachable');
    expect(await directory.order(at('edge-1', 'former'), mute, 5_000)).toBe('unreachable');
    expect(await directory.order({ ...at('edge-1'), region: 'us' }, mute, 5_000)).toBe('unreachable');
    listener.close();
    expect(await directory.order(at('edge-1'), mute, 5_000)).toBe('unreachable');
  });

  it('times out when no answer comes, and survives one that comes too late', async () => {
    let answer = (_: 'done'): void => {};
    await edge.listen('edge-1', 'boot', () => new Promise((resolve) => (answer = resolve)));
    expect(await directory.order(at('edge-1'), mute, 10)).toBe('timeout');
    answer('done');
    await vi.waitFor(() => expect(directory.stats.invalid).toBe(1));
  });

  it('answers failed for a handler that throws or is busy', async () => {
    await edge.listen('broken', 'boot', async () => {
      throw new Error('broken');
    });
    expect(await directory.order(at('broken'), mute, 5_000)).toBe('failed');
    expect(edge.stats.handlerErrors).toBe(1);
    let answer = (_: 'done'): void => {};
    await edge.listen('busy', 'boot', () => new Promise((resolve) => (answer = resolve)));
    const first = directory.order(at('busy'), mute, 5_000);
    expect(await directory.order(at('busy'), mute, 5_000)).toBe('failed');
    answer('done');
    expect(await first).toBe('done');
  });

  it('bounds how many orders wait', async () => {
    await edge.listen('edge-1', 'boot', () => new Promise(() => {}));
    const waiting = [1, 2].map(() => directory.order(at('edge-1'), mute, 60_000));
    expect(await directory.order(at('edge-1'), mute, 60_000)).toBe('failed');
    await directory.stop();
    expect(await Promise.all(waiting)).toEqual(['unreachable', 'unreachable']);
  });

  it('is unreachable when the bus is away', async () => {
    await directoryBus.stop();
    expect(await directory.order(at('edge-1'), mute, 5_000)).toBe('unreachable');
  });

  it('ignores and counts what is no order, and answers on reply channels only', async () => {
    let orders = 0;
    let elsewhere = 0;
    await edge.listen('edge-1', 'boot', async () => {
      orders += 1;
      return 'done';
    });
    await directoryBus.subscribe('media', () => {
      elsewhere += 1;
    });
    await directoryBus.publish('partyline:eu:control:edge-1:boot', Uint8Array.of(0xff, 0));
    const strays = ['media', 'partyline:eu:room:1', 'partyline:control-reply:1', 'other:us:control-reply:1'];
    for (const replyTo of strays) {
      const stray = encodeRequest({ id: '1', replyTo, order: mute });
      await directoryBus.publish('partyline:eu:control:edge-1:boot', stray);
    }
    await vi.waitFor(() => expect(edge.stats.invalid).toBe(1 + strays.length));
    expect([orders, elsewhere]).toEqual([0, 0]);
  });

  it('answers failed at once for an order of a later version, and ignores fields of one', async () => {
    const taken: ControlOrder[] = [];
    await edge.listen('edge-1', 'boot', async (order) => {
      taken.push(order);
      return 'done';
    });
    const teleport = { kind: 'teleport', room: 'lobby', identity: 'ada' } as unknown as ControlOrder;
    expect(await directory.order(at('edge-1'), teleport, 60_000)).toBe('failed');
    expect(edge.stats.invalid).toBe(1);
    const more = { ...mute, fade: { ms: 300 } } as ControlOrder;
    expect(await directory.order(at('edge-1'), more, 60_000)).toBe('done');
    expect(taken).toEqual([mute]);
  });

  it.each([
    { windowMs: -1, resume: false },
    { windowMs: 86_400_001, resume: false },
    { windowMs: '30', resume: false },
    { windowMs: 30 },
  ])('takes no drain like %j', (fields) => {
    const order = { kind: 'drain', ...fields } as ControlOrder;
    expect(parseRequest(encodeRequest({ id: '1', replyTo: 'r', order }))).toMatchObject({ order: undefined });
  });

  it('reads any bytes without an exception', () => {
    const encoder = new TextEncoder();
    const almost = fc
      .record({
        id: fc.oneof(fc.string(), fc.anything()),
        replyTo: fc.oneof(fc.string(), fc.anything()),
        order: fc.oneof(
          fc.anything(),
          fc.record({
            kind: fc.constantFrom(
              'mute',
              'selection',
              'remove',
              'replace',
              'close_room',
              'drain',
              'status',
              'other',
            ),
            room: fc.oneof(fc.constant('lobby'), fc.anything()),
            identity: fc.oneof(fc.constant('ada'), fc.anything()),
            reason: fc.anything(),
            streamId: fc.anything(),
          }),
        ),
        outcome: fc.anything(),
      })
      .map((value) => {
        try {
          return encoder.encode(JSON.stringify(value));
        } catch {
          return new Uint8Array();
        }
      });
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array(), almost), (message) => {
        parseRequest(message);
        parseReply(message);
      }),
    );
  });
});
