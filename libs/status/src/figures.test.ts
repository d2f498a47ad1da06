import { expect, it } from 'vitest';
import { countText, durationText, percentText, secondsText } from './figures.ts';

it('writes figures for people', () => {
  expect([undefined, 0, 0.00042, 0.0123, 0.45, 1.234, 2].map(secondsText)).toEqual([
    '–',
    '0.0 ms',
    '0.4 ms',
    '12 ms',
    '450 ms',
    '1.23 s',
    '≥ 2 s',
  ]);
  expect([0, 0.00001, 0.0003, 0.05, 0.123].map(percentText)).toEqual([
    '0 %',
    '< 0.01 %',
    '0.03 %',
    '5 %',
    '12 %',
  ]);
  expect([undefined, 0, 0.44, 50.4, 1_250, 12_400].map(countText)).toEqual([
    '–',
    '0',
    '0.4',
    '50',
    '1,250',
    '12 k',
  ]);
  expect([-1, 12, 300, 10_000, 200_000].map(durationText)).toEqual(['0 s', '12 s', '5 min', '3 h', '2 d']);
});
