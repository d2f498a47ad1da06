import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { messageParts } from './message-parts.ts';

const links = (text: string): string[] =>
  messageParts(text).flatMap((part) => (part.kind === 'link' ? [part.text] : []));

describe('messageParts', () => {
  it('finds web addresses and leaves the sentence around them alone', () => {
    expect(messageParts('See https://example.org/a?b=1#c.')).toEqual([
      { kind: 'text', text: 'See ' },
      { kind: 'link', text: 'https://example.org/a?b=1#c', url: 'https://example.org/a?b=1#c' },
      { kind: 'text', text: '.' },
    ]);
    expect(links('(http://example.org/wiki/A_(b)), and HTTPS://EXAMPLE.ORG!')).toEqual([
      'http://example.org/wiki/A_(b)',
      'HTTPS://EXAMPLE.ORG',
    ]);
    expect(links('看https://example.org/路径。然后（http://example.com/x）再说')).toEqual([
      'https://example.org/路径',
      'http://example.com/x',
    ]);
  });

  it('makes no link of anything but http and https', () => {
    for (const text of [
      'javascript:alert(1)',
      'data:text/html,<script>alert(1)</script>',
      'file:///etc/passwd',
      'ftp://example.org/',
      'www.example.org',
      'javascript://%0aalert(1)//http://',
      'xhttp://example.org',
    ]) {
      expect(links(text), text).toEqual([]);
    }
  });

  it('makes no link of an address that pretends to be another, or of no address at all', () => {
    expect(links('https://bank.example@evil.example/')).toEqual([]);
    expect(links('https://user:secret@evil.example/')).toEqual([]);
    expect(links('http:// https://')).toEqual([]);
    expect(links(`https://example.org/${'x'.repeat(2_048)}`)).toEqual([]);
  });

  it('loses no character, and every link is http or https', () => {
    const text = fc.oneof(fc.string({ unit: 'grapheme' }), fc.webUrl(), fc.constantFrom(' ', '。', '(', ')'));
    fc.assert(
      fc.property(fc.array(text), (pieces) => {
        const whole = pieces.join('');
        const parts = messageParts(whole);
        expect(parts.map((part) => part.text).join('')).toBe(whole);
        for (const part of parts) if (part.kind === 'link') expect(part.url).toMatch(/^https?:\/\//);
      }),
    );
  });
});
