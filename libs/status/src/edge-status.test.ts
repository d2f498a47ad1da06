import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseEdgeStatus } from './edge-status.ts';
import { edgeStatus, frames, latency } from './status-fixture.ts';

const whole = edgeStatus('eu-edge-1', {
  latency: [latency('uplink', [1, 2, 3, 4], { sumSeconds: 2.5 })],
  passed: [frames('uplink', 'in', 10)],
  lost: [frames('bus', 'late', 2, { toRegion: 'us' })],
});
const sent = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

describe('parseEdgeStatus', () => {
  it('reads what an edge sends, and leaves out what it does not know', () => {
    expect(parseEdgeStatus(sent(whole))).toEqual(whole);
    expect(parseEdgeStatus(sent({ ...whole, mood: 'calm' }))).toEqual(whole);
  });

  it('takes an edge that does not count its speakers', () => {
    const read = parseEdgeStatus(sent({ ...whole, gauges: { ...whole.gauges, speakers: undefined } }));
    expect(read?.gauges.speakers).toBeUndefined();
  });

  it.each([
    ['no buckets for its bounds', { latency: [latency('uplink', [1, 2])] }],
    ['a negative count', { passed: [frames('uplink', 'in', -1)] }],
    ['an endless text', { edge: 'e'.repeat(1_000) }],
    ['too many series', { lost: Array.from({ length: 513 }, () => frames('bus', 'late', 1)) }],
    ['a bus that is neither up nor down', { gauges: { ...whole.gauges, bus: { media: 'perhaps' } } }],
    ['no gauges', { gauges: undefined }],
  ])('refuses %s', (_what, more) => {
    expect(parseEdgeStatus(sent({ ...whole, ...more }))).toBeUndefined();
  });

  it('reads anything without an exception', () => {
    const almost = fc.record({
      ...Object.fromEntries(
        Object.entries(whole).map(([key, value]) => [
          key,
          fc.oneof({ weight: 4, arbitrary: fc.constant<unknown>(value) }, fc.jsonValue()),
        ]),
      ),
    });
    fc.assert(
      fc.property(fc.oneof(fc.jsonValue(), almost), (value) => {
        parseEdgeStatus(value);
      }),
    );
  });
});
