import { describe, expect, it } from 'vitest';
import { en } from './strings/en.ts';
import { zhCN } from './strings/zh-CN.ts';

/** Every text of a language by its path; functions are called with examples. */
const textsOf = (table: object, path = ''): [string, string][] =>
  Object.entries(table).flatMap(([key, value]: [string, unknown]): [string, string][] => {
    const here = `${path}${key}`;
    if (typeof value === 'string') return [[here, value]];
    if (typeof value === 'function') return [[here, String((value as (...a: unknown[]) => unknown)(3, 7))]];
    return textsOf(value as object, `${here}.`);
  });

const withoutFormats = ({ format: _, ...rest }: typeof en): object => rest;

describe('strings', () => {
  it('have a text in both languages, and no two languages say the same sentence', () => {
    const english = new Map(textsOf(withoutFormats(en)));
    for (const [path, text] of textsOf(withoutFormats(zhCN))) {
      expect(text.trim(), path).not.toBe('');
      if ((english.get(path) ?? '').length > 12) expect(text, path).not.toBe(english.get(path));
    }
  });

  it('count as each language does', () => {
    expect([1, 2, 1_200].map(en.call.inRoom)).toEqual([
      '1 person here',
      '2 people here',
      '1,200 people here',
    ]);
    expect([1, 2].map(en.call.unread)).toEqual(['1 unread', '2 unread']);
    expect([1, 2].map(zhCN.call.inRoom)).toEqual(['房间里有 1 人', '房间里有 2 人']);
  });

  it('write numbers as each language does', () => {
    expect(en.format.milliseconds(9.94)).toBe('9.9 ms');
    expect(en.format.milliseconds(102.4)).toBe('102 ms');
    expect(zhCN.format.milliseconds(102.4)).toBe('102毫秒');
    expect(en.format.percent(0.0123)).toBe('1.2%');
    expect(en.format.percent(2)).toBe('200%');
    expect(en.line.kilobits(1_234.6)).toBe('1,235 kbit/s');
    expect(en.format.duration(90)).toBe('90 seconds');
    expect(en.format.duration(1_800)).toBe('30 minutes');
  });
});
