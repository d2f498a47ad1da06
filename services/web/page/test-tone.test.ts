import { describe, expect, it } from 'vitest';
import { toneFile } from './test-tone.ts';

describe('toneFile', () => {
  it('is a WAV file whose sizes fit, that begins and ends in silence and does not clip', () => {
    const file = Buffer.from(toneFile());
    expect(file.toString('latin1', 0, 4)).toBe('RIFF');
    expect(file.readUInt32LE(4)).toBe(file.length - 8);
    expect(file.toString('latin1', 8, 16)).toBe('WAVEfmt ');
    expect(file.readUInt32LE(24)).toBe(48_000);
    expect(file.readUInt32LE(40)).toBe(file.length - 44);
    const samples = new Int16Array(file.buffer, file.byteOffset + 44, (file.length - 44) / 2);
    expect(samples.length / 48_000).toBeCloseTo(0.7, 3);
    expect(samples[0]).toBe(0);
    expect(Math.abs(samples.at(-1)!)).toBeLessThan(100);
    expect(Math.max(...samples)).toBeGreaterThan(8_000);
    expect(Math.max(...samples)).toBeLessThan(9_000);
  });
});
