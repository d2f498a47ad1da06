import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EdgeFixture } from './edge-fixture.ts';
import { bufferedBytes } from './sessions/buffered-bytes.ts';

let fixture: EdgeFixture;

beforeEach(async () => {
  fixture = await new EdgeFixture().start();
});
afterEach(() => fixture.stop());

/** The value of one series; undefined if it is not there. */
const read = async (series: string): Promise<number | undefined> => {
  const { body } = await fixture.metrics.render();
  const line = body.split('\n').find((one) => one.startsWith(`${series} `));
  return line === undefined ? undefined : Number(line.slice(series.length));
};
const kinds = (): Promise<(number | undefined)[]> =>
  Promise.all(
    ['publisher', 'listener', 'hidden', 'shadow'].map((kind) =>
      read(`partyline_edge_participants{kind="${kind}"}`),
    ),
  );

describe('gauges of an edge', () => {
  it('count everybody once, by kind, and those apart who have lost their connection', async () => {
    expect(await kinds()).toEqual([0, 0, 0, 0]);
    const ada = await fixture.join({ identity: 'ada' });
    await fixture.join({ identity: 'bob', grants: { publish: false } });
    await fixture.join({ identity: 'eve', grants: { hidden: true } });
    const cyd = await fixture.join({ identity: 'cyd', hello: { shadow: true } });
    // Ready, it is no shadow any more.
    expect(cyd.welcome.identity).toBe('cyd');
    expect(await kinds()).toEqual([2, 1, 1, 0]);
    ada.close();
    await expect.poll(() => read('partyline_edge_reconnecting_participants')).toBe(1);
    expect(await kinds()).toEqual([2, 1, 1, 0]);
  });

  it('count the streams that selectors let through', async () => {
    const ada = await fixture.join({ identity: 'ada' });
    await fixture.join({ identity: 'bob', room: 'other' });
    expect(await read('partyline_edge_speakers')).toBe(0);
    ada.speak();
    await expect.poll(() => read('partyline_edge_speakers')).toBe(1);
    expect(await read('partyline_edge_rooms')).toBe(2);
  });

  it('measure joins from the hello on', async () => {
    await fixture.join({ identity: 'ada' });
    const stage = (name: string, source: string) =>
      read(`partyline_join_duration_seconds_count{stage="${name}",source="${source}"}`);
    expect([await stage('welcome', 'edge'), await stage('ready', 'edge')]).toEqual([1, 1]);
    expect(await stage('first_frame', 'client')).toBe(0);
    const seconds = await read('partyline_join_duration_seconds_sum{stage="ready",source="edge"}');
    expect(seconds).toBeGreaterThan(0);
    expect(seconds).toBeLessThan(5);
  });

  it('have the engine from the start on', async () => {
    const { body } = await fixture.metrics.render();
    expect(body).toMatch(/^partyline_edge_websocket_engine_info\{package="[^"]+",version="[^"]+"\} 1$/m);
    expect(await read('partyline_edge_buffered_bytes')).toBe(0);
  });
});

describe('bufferedBytes', () => {
  const sessions = (count: number, bytesOf: (index: number) => number) => {
    let asked = 0;
    const all = Array.from({ length: count }, (_, index) => ({
      connection: {
        bufferedBytes: () => {
          asked += 1;
          return bytesOf(index);
        },
      },
    }));
    return { all: new Set(all) as never, asked: () => asked };
  };

  it('adds up what sockets hold', () => {
    expect(bufferedBytes(sessions(3, (index) => index * 100).all)).toBe(300);
    expect(bufferedBytes(sessions(0, () => 1).all)).toBe(0);
  });

  it('asks no more than 1,000 of many, spread evenly', () => {
    const many = sessions(10_500, (index) => (index < 5_250 ? 200 : 0));
    const bytes = bufferedBytes(many.all);
    expect(many.asked()).toBeLessThanOrEqual(1_000);
    expect(bytes / (5_250 * 200)).toBeCloseTo(1, 1);
  });
});
