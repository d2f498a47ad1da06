import { describe, expect, it } from 'vitest';
import { lineSample } from './line-fixture.ts';
import type { LineSample } from './line-history.ts';
import { judge } from './verdict.ts';

/** Twenty seconds, the last ten of them as given. */
const lately = (more: Partial<LineSample>): LineSample[] =>
  Array.from({ length: 20 }, (_, at) => lineSample({ atMs: at * 1_000, ...(at >= 10 ? more : {}) }));
const way = (totalMs: number) => ({ uplinkMs: 0, edgeMs: 0, downlinkMs: 0, playoutMs: totalMs, totalMs });

describe('judge', () => {
  it('calls a line good that nobody notices', () => {
    expect(judge(lately({}))).toEqual({ grade: 'good', mouthToEarMs: 92, missing: 0, concealed: 0 });
  });

  it('says nothing while nobody is heard', () => {
    const silent = { way: undefined, frames: 0, lost: undefined, late: undefined, concealed: undefined };
    expect(judge(lately(silent)).grade).toBe('quiet');
    expect(judge([]).grade).toBe('quiet');
  });

  it.each([
    [{ way: way(250) }, 'fair'],
    [{ lost: 0.008 }, 'fair'],
    [{ way: way(450) }, 'late'],
    [{ lost: 0.015, late: 0.01 }, 'broken'],
    [{ concealed: 0.06 }, 'broken'],
    [{ way: way(450), lost: 0.1 }, 'broken'],
  ] as const)('judges %j as %s', (more, grade) => {
    expect(judge(lately(more)).grade).toBe(grade);
  });

  it('calls nothing broken before three seconds of a voice were heard', () => {
    const first = (seconds: number) =>
      Array.from({ length: seconds }, (_, at) => lineSample({ atMs: at * 1_000, concealed: 0.1 }));
    expect(judge(first(2)).grade).toBe('good');
    expect(judge(first(3)).grade).toBe('broken');
  });

  it('judges the last ten seconds only, and seconds by what came in them', () => {
    const samples = Array.from({ length: 20 }, (_, at) =>
      lineSample({ atMs: at * 1_000, ...(at < 10 ? { lost: 0.5 } : {}) }),
    );
    expect(judge(samples)).toMatchObject({ grade: 'good', missing: 0 });
    // One frame of one that was lost in a pause is no broken line.
    samples[15] = lineSample({ atMs: 15_000, frames: 1, lost: 1 });
    expect(judge(samples).missing).toBeCloseTo(1 / 451, 5);
  });
});
