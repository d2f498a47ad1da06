import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { decodeMedia, encodeMedia, type Frame, type MediaHeader } from './media.ts';

interface Vector {
  name: string;
  hex: string;
  fault?: string;
  header?: MediaHeader;
  frames?: (Omit<Frame, 'payload'> & { payload: string })[];
}

const vectors = JSON.parse(
  readFileSync(new URL('../vectors/media.json', import.meta.url), 'utf8'),
) as Vector[];
const fromHex = (hex: string): Uint8Array =>
  Uint8Array.from(hex.match(/../g) ?? [], (byte) => parseInt(byte, 16));
const toHex = (bytes: Uint8Array): string =>
  Array.from(bytes, (b) => b.toString(16).padStart(2, '0')).join('');

describe('golden vectors', () => {
  it.each(vectors)('$name', (vector) => {
    const decoded = decodeMedia(fromHex(vector.hex));
    if (vector.fault !== undefined) {
      expect(decoded).toEqual({ ok: false, fault: vector.fault });
      return;
    }
    const frames = vector.frames!.map((frame) => ({ ...frame, payload: fromHex(frame.payload) }));
    expect(decoded).toEqual({ ok: true, header: vector.header, frames });
    expect(toHex(encodeMedia(vector.header!, frames))).toBe(vector.hex);
  });
});
