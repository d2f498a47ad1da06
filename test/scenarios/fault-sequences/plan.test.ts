import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { planOf, type Step } from './plan.ts';

const durations = (steps: readonly Step[]): number[] =>
  steps.flatMap(({ does }) => ('downMs' in does ? [does.downMs] : []));

const digestOf = (seed: number): string =>
  createHash('sha256')
    .update(JSON.stringify(planOf(seed).steps))
    .digest('hex')
    .slice(0, 12);

describe('a plan of faults', () => {
  it('of a seed that is kept because it failed once stays what it was', () => {
    expect([7, 9, 24].map(digestOf)).toEqual(['218b0548c4bb', '2697713f97eb', 'c097ea08fbeb']);
  });

  it.each([
    ['lease', 5_500, 8_000],
    ['grace', 15_500, 20_000],
  ] as const)('has one fault that outlasts the %s and is otherwise as without', (outlasting, least, most) => {
    for (let seed = 1; seed <= 200; seed++) {
      const [before, after] = [planOf(seed).steps, planOf(seed, outlasting).steps];
      const longer = after.filter(
        (step) => !before.some((one) => JSON.stringify(one) === JSON.stringify(step)),
      );
      expect(longer).toHaveLength(1);
      const [ms] = durations(longer);
      expect(ms).toBeGreaterThanOrEqual(least);
      expect(ms).toBeLessThanOrEqual(most);
      expect(after.map(({ atMs, does }) => [atMs, does.kind])).toEqual(
        before.length === after.length
          ? before.map(({ atMs, does }) => [atMs, does.kind])
          : [[0, 'cut-wire'], ...before.map(({ atMs, does }) => [atMs, does.kind])],
      );
    }
  });
});
