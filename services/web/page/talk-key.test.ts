import { describe, expect, it } from 'vitest';
import { isTalkKey, labelOfKey } from './talk-key.ts';

describe('isTalkKey', () => {
  it('takes letters, digits, function keys and modifiers', () => {
    for (const code of ['Space', 'KeyV', 'Digit1', 'F8', 'ControlLeft', 'Backquote', 'CapsLock']) {
      expect(isTalkKey(code), code).toBe(true);
    }
  });

  it('refuses keys that the page or the browser needs, and what is no key at all', () => {
    for (const code of ['Escape', 'Tab', 'Enter', 'KeyM', 'KeyD', 'MetaLeft', '', 'a b', 7, undefined]) {
      expect(isTalkKey(code), String(code)).toBe(false);
    }
  });
});

describe('labelOfKey', () => {
  it('says what is printed on the key', () => {
    expect(labelOfKey('Space', { Space: '空格' })).toBe('空格');
    expect(labelOfKey('KeyV', {})).toBe('V');
    expect(labelOfKey('Digit1', {})).toBe('1');
    expect(labelOfKey('ControlLeft', {})).toBe('Control Left');
    expect(labelOfKey('F8', {})).toBe('F8');
  });
});
