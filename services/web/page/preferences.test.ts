import { describe, expect, it } from 'vitest';
import { loadPreferences, savePreferences } from './preferences.ts';

const holding = (text: string | null) => ({ getItem: () => text });

describe('preferences', () => {
  it('come back as they were saved', () => {
    let stored = '';
    const storage = {
      setItem: (_key: string, text: string) => {
        stored = text;
      },
    };
    savePreferences(storage, { name: 'Ada', room: 'lobby', mode: 'push' });
    expect(loadPreferences(holding(stored))).toEqual({ name: 'Ada', room: 'lobby', mode: 'push' });
  });

  it('are empty when storage holds nothing, nonsense, or another shape', () => {
    const empty = { name: '', room: '', mode: 'open' };
    for (const text of [null, '', '{', 'null', '3', '{"name":7,"room":[],"mode":"shout"}']) {
      expect(loadPreferences(holding(text)), String(text)).toEqual(empty);
    }
  });

  it('do without storage that throws', () => {
    const refuse = (): never => {
      throw new Error('SecurityError');
    };
    expect(loadPreferences({ getItem: refuse }).name).toBe('');
    expect(() => savePreferences({ setItem: refuse }, { name: '', room: '', mode: 'open' })).not.toThrow();
  });
});
