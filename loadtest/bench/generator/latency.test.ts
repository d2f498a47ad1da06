import { describe, expect, it } from 'vitest';
import { Latencies } from './latency.ts';

describe('latencies', () => {
  it('gives quantiles within a step of 20 µs', () => {
    const latencies = new Latencies();
    for (let i = 1; i <= 1_000; i += 1) latencies.record(i / 10);
    expect(latencies.quantile(0.5)).toBeCloseTo(50, 1);
    expect(latencies.quantile(0.99)).toBeCloseTo(99, 1);
    expect(latencies.count).toBe(1_000);
  });
  it('takes what lies outside for the nearest it knows, and nothing for 0', () => {
    const latencies = new Latencies();
    expect(latencies.quantile(0.99)).toBe(0);
    latencies.record(-1);
    expect(latencies.quantile(1)).toBeLessThan(0.1);
    latencies.record(1e9);
    expect(latencies.quantile(1)).toBe(2_000);
  });
});
