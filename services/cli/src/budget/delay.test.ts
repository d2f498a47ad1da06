import { voiceFormat } from '@partyline/codecs';
import { describe, expect, it } from 'vitest';
import { delayBudget } from './delay.ts';

const usual = { frameMs: 20, coalesceMs: 0, networkMs: 20, bufferMs: 60 };

describe('delayBudget', () => {
  it('adds up its parts', () => {
    const { parts, totalMs, spareMs, limitMs } = delayBudget(voiceFormat('opus/48000'), usual);
    expect(parts.reduce((sum, { ms }) => sum + ms, 0)).toBe(totalMs);
    expect(totalMs).toBeCloseTo(132.9, 6);
    expect(spareMs).toBeCloseTo(limitMs - totalMs, 6);
  });

  it('is near what was measured between two browsers on one machine: 88 ms as the sum of the parts', () => {
    const { totalMs } = delayBudget(voiceFormat('opus/48000'), { ...usual, networkMs: 0 });
    expect(Math.abs(totalMs - 87.8)).toBeLessThan(10);
  });

  it('counts what brings 48 kHz to the codec and back', () => {
    const resampling = (name: string) =>
      delayBudget(voiceFormat(name), usual).parts.find(({ part }) => part === 'resampling')!.ms;
    expect(resampling('opus/48000')).toBe(0);
    expect(resampling('pcma/8000')).toBeGreaterThan(resampling('g722/16000'));
  });

  it.each([
    [20, 'good'],
    [40, 'noticeable'],
    [200, 'too long'],
  ])('judges by G.114: a network of %d ms each way is %s', (networkMs, verdict) => {
    expect(delayBudget(voiceFormat('opus/48000'), { ...usual, networkMs }).verdict).toBe(verdict);
  });
});
