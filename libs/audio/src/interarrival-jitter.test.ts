import { expect, it } from 'vitest';
import { InterarrivalJitter } from './interarrival-jitter.ts';

it('measures jitter as RFC 3550 does', () => {
  const jitter = new InterarrivalJitter();
  for (let timeMs = 0; timeMs < 20_000; timeMs += 20)
    jitter.update(timeMs + (timeMs % 40 === 0 ? 0 : 8), timeMs);
  expect(jitter.jitterMs).toBeCloseTo(8, 1);
});
