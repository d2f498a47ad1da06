import { describe, expect, it } from 'vitest';
import { belongsToFocus, shortcutOf } from './shortcuts.ts';

const press = (key: string, more: Partial<Parameters<typeof shortcutOf>[0]> = {}) =>
  shortcutOf({
    key,
    ctrlKey: false,
    altKey: false,
    metaKey: false,
    repeat: false,
    isComposing: false,
    ...more,
  });

describe('shortcutOf', () => {
  it('knows its keys, with and without shift', () => {
    expect(press('m')).toBe('mute');
    expect(press('M')).toBe('mute');
    expect(press('d')).toBe('deafen');
    expect(press('?')).toBe('help');
    expect(press('x')).toBeUndefined();
    expect(press('toString')).toBeUndefined();
  });

  it('leaves the browser its own combinations, and ignores held keys and input methods', () => {
    for (const more of [
      { ctrlKey: true },
      { altKey: true },
      { metaKey: true },
      { repeat: true },
      { isComposing: true },
    ]) {
      expect(press('d', more), JSON.stringify(more)).toBeUndefined();
    }
  });
});

describe('belongsToFocus', () => {
  it('leaves everything to somebody who types', () => {
    for (const code of ['KeyM', 'Space', 'Slash']) expect(belongsToFocus('text', code)).toBe(true);
  });

  it('leaves a focused button what presses it, and nothing else', () => {
    expect(belongsToFocus('pressable', 'Space')).toBe(true);
    expect(belongsToFocus('pressable', 'ArrowLeft')).toBe(true);
    expect(belongsToFocus('pressable', 'KeyM')).toBe(false);
    expect(belongsToFocus('nothing', 'Space')).toBe(false);
  });
});
