import { expect, it } from 'vitest';
import { keepWithinFullScale } from './full-scale.ts';

it('keeps what is within full scale and cuts off what is not', () => {
  const pcm = Float32Array.of(0, 0.5, -1, 1, 1.25, -2e6, Number.POSITIVE_INFINITY);
  expect([...keepWithinFullScale(pcm)]).toEqual([0, 0.5, -1, 1, 1, -1, 1]);
});
