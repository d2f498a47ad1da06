import { describe, expect, it } from 'vitest';
import { diagnosticsOf } from './diagnostics.ts';
import { lineSample, roomStats } from './line-fixture.ts';
import { judge } from './verdict.ts';

const samples = [lineSample({ atMs: 1_000 }), lineSample({ atMs: 3_000.123_456, uplinkKbps: 31.234_567 })];

describe('diagnosticsOf', () => {
  const text = diagnosticsOf({
    state: { phase: 'live', edge: 'edge-1', ready: true },
    stats: roomStats(),
    samples,
    verdict: judge(samples),
    sound: { muted: false },
    browser: 'Chromium',
    nowMs: 1_800_000_000_000,
  });

  it('holds the figures, by age', () => {
    expect(JSON.parse(text)).toMatchObject({
      at: '2027-01-15T08:00:00.000Z',
      browser: 'Chromium',
      connection: { phase: 'live', edge: 'edge-1' },
      verdict: { grade: 'good' },
      stats: { rttMs: 24, speakers: [{ streamId: 7, mouthToEarMs: 92 }] },
      history: [{ secondsAgo: 2 }, { secondsAgo: 0, uplinkKbps: 31.235 }],
    });
  });

  it('names nobody', () => {
    expect(text).not.toMatch(/guest-secret|identity|token/);
  });
});
