import { describe, expect, it } from 'vitest';
import { chooseLanguage } from './language.ts';

describe('chooseLanguage', () => {
  it('follows the browser, in its order', () => {
    expect(chooseLanguage('auto', ['zh-CN', 'en'])).toBe('zh-CN');
    expect(chooseLanguage('auto', ['en-GB', 'zh-CN'])).toBe('en');
    expect(chooseLanguage('auto', ['de', 'fr-CH', 'zh-Hant-TW', 'en'])).toBe('zh-CN');
  });

  it('is English where the browser asks for nothing that is spoken', () => {
    expect(chooseLanguage('auto', [])).toBe('en');
    expect(chooseLanguage('auto', ['de-DE', 'ja'])).toBe('en');
  });

  it('is what was chosen, whatever the browser asks for', () => {
    expect(chooseLanguage('en', ['zh-CN'])).toBe('en');
    expect(chooseLanguage('zh-CN', ['en'])).toBe('zh-CN');
  });
});
