import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createLogger } from '../log.ts';
import { createMetrics } from '../metrics.ts';
import type { TraceSpan } from './span.ts';
import { MAX_QUEUED_SPANS } from './span-export.ts';
import { tracedCalls } from './traced-calls.ts';
import { formatTraceparent, parseTraceparent } from './traceparent.ts';
import { Tracing } from './tracing.ts';

const lines: string[] = [];
const log = createLogger({
  level: 'info',
  name: 'test',
  traceIds: true,
  output: { write: (line: string) => lines.push(line) },
});
const clock = { now: () => Date.now() };
const servers: Server[] = [];
const running: Tracing[] = [];

/** Takes what comes, and answers with this status. */
const receiver = async (status: number) => {
  const paths: string[] = [];
  const server = createServer((request, response) => {
    paths.push(`${request.headers['content-type']} ${request.url}`);
    request.resume().on('end', () => response.writeHead(status).end());
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { paths, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
};

const tracingTo = async (otlpUrl: string | undefined, traceRatio = 1) => {
  const tracing = new Tracing(
    { otlpUrl, traceEvery: 100, traceRatio },
    { service: 'partyline-test', id: 'one', region: 'here' },
    { metrics: createMetrics({ processMetrics: false }), log, clock },
  );
  running.push(tracing);
  await tracing.start();
  return tracing;
};

afterEach(async () => {
  await Promise.all(running.splice(0).map((tracing) => tracing.stop(100)));
  for (const server of servers.splice(0)) {
    server.close();
    server.closeAllConnections();
  }
  lines.length = 0;
});

const caller = { traceId: '1'.repeat(32), spanId: '2'.repeat(16), sampled: true };

describe('tracing', () => {
  it('is off without a URL: no ids, no spans, and work is done all the same', async () => {
    const tracing = await tracingTo(undefined);
    expect(tracing.on).toBe(false);
    expect(tracing.frameEvery).toBe(0);
    const result = tracing.within('work', { parent: formatTraceparent(caller) }, (span) => {
      span.set({ a: 1 });
      log.info('within');
      return [span.traceparent, tracing.traceparent(), tracing.below('more', {}, () => 'done')];
    });
    expect(result).toEqual([undefined, undefined, 'done']);
    expect(JSON.parse(lines[0]!)).not.toHaveProperty('traceId');
    const target = { ask: async () => 1 };
    expect(tracedCalls(target, 'registry', tracing)).toBe(target);
    expect(tracing.counts).toEqual({ exported: 0, failed: 0, dropped: 0 });
  });

  it("goes on with the caller's trace, through promises, and in log lines", async () => {
    const { url, paths } = await receiver(200);
    const tracing = await tracingTo(url);
    const spans: (string | undefined)[] = [];
    await tracing.within('outer', { parent: formatTraceparent(caller) }, async () => {
      await new Promise((resolve) => setImmediate(resolve));
      await tracing.below('inner', {}, async (inner) => {
        spans.push(inner.ids?.spanId);
        log.info('within');
        expect(parseTraceparent(tracing.traceparent())).toEqual({ ...inner.ids, sampled: true });
        expect(inner.ids?.traceId).toBe(caller.traceId);
      });
    });
    expect(JSON.parse(lines[0]!)).toMatchObject({ traceId: caller.traceId, spanId: spans[0] });
    log.info('outside');
    expect(JSON.parse(lines[1]!)).not.toHaveProperty('traceId');
    await tracing.stop(2_000);
    expect(paths).toEqual(['application/x-protobuf /v1/traces']);
    expect(tracing.counts).toMatchObject({ exported: 2, failed: 0, dropped: 0 });
  });

  it('records nothing where the caller does not, and says so to those after it', async () => {
    const tracing = await tracingTo((await receiver(200)).url);
    await tracing.within('outer', { parent: formatTraceparent({ ...caller, sampled: false }) }, async () => {
      expect(tracing.traceparent()).toMatch(new RegExp(`^00-${caller.traceId}-[0-9a-f]{16}-00$`));
      expect(tracing.below('inner', {}, (span) => span.open)).toBe(false);
    });
    await tracing.stop(2_000);
    expect(tracing.counts.exported).toBe(0);
  });

  it('begins no trace by itself at a ratio of 0, but goes on with those of callers', async () => {
    const tracing = await tracingTo((await receiver(200)).url, 0);
    tracing.begin('own').end();
    tracing.begin('asked', { parent: formatTraceparent(caller) }).end();
    await tracing.stop(2_000);
    expect(tracing.counts.exported).toBe(1);
  });

  it('makes calls spans below the active one only, with their results and failures as they are', async () => {
    const tracing = await tracingTo((await receiver(200)).url);
    class Counter {
      #count = 0;
      add = async (by: number) => {
        this.#count += by;
        return this.#count;
      };
      get count(): number {
        return this.#count;
      }
      async fail(): Promise<never> {
        throw new Error('no');
      }
    }
    const counter = tracedCalls(new Counter(), 'counter', tracing);
    expect(await counter.add(1)).toBe(1);
    await tracing.within('outer', {}, async () => {
      expect(await counter.add(2)).toBe(3);
      await expect(counter.fail()).rejects.toThrow('no');
      expect(counter.count).toBe(3);
    });
    await tracing.stop(2_000);
    expect(tracing.counts.exported).toBe(3);
  });

  it('has nothing to do with what goes on after its span has ended', async () => {
    const tracing = await tracingTo((await receiver(200)).url);
    let later: (() => void) | undefined;
    tracing.within('outer', {}, () => {
      const span = tracing.begin('inner');
      later = () => span.run(() => expect(tracing.below('late', {}, (late) => late.open)).toBe(false));
      span.end();
    });
    later?.();
    await tracing.stop(2_000);
    expect(tracing.counts.exported).toBe(2);
  });

  it('counts what a receiver refuses, says so once, and goes on', async () => {
    const tracing = await tracingTo((await receiver(400)).url);
    for (let i = 0; i < 3; i++) tracing.begin(`span ${i}`).end();
    await tracing.stop(2_000);
    expect(tracing.counts).toMatchObject({ exported: 0, failed: 3, dropped: 0 });
    expect(lines.filter((line) => line.includes('could not be exported'))).toHaveLength(1);
  });

  it('drops and counts what does not fit while nobody takes it, and stops in time', async () => {
    const silent = createServer(() => undefined);
    servers.push(silent);
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const tracing = await tracingTo(`http://127.0.0.1:${(silent.address() as AddressInfo).port}`);
    const span = { name: 's', traceId: caller.traceId, spanId: caller.spanId, startMs: 2, endMs: 1 };
    for (let i = 0; i < MAX_QUEUED_SPANS + 7; i++) tracing.record(span);
    expect(tracing.counts.dropped).toBe(7);
    const startedAt = performance.now();
    await tracing.stop(50);
    expect(performance.now() - startedAt).toBeLessThan(1_000);
  });

  it('ends a span once', async () => {
    const tracing = await tracingTo((await receiver(200)).url);
    const span: TraceSpan = tracing.begin('once');
    span.end();
    span.end();
    span.fail('late');
    await tracing.stop(2_000);
    await vi.waitFor(() => expect(tracing.counts.exported).toBe(1));
  });
});
