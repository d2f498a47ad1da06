import { describe, expect, it } from 'vitest';
import { pageTitle } from './page-title.ts';

const facts = { product: 'Partyline', room: 'lobby', hidden: false, speaker: 'Ada', unread: 0, muted: false };

describe('pageTitle', () => {
  it('says where one is, what was missed and that one is muted', () => {
    expect(pageTitle(facts)).toBe('lobby · Partyline');
    expect(pageTitle({ ...facts, unread: 3, muted: true })).toBe('(3) 🔇 lobby · Partyline');
  });

  it('says who speaks while nobody looks at the page', () => {
    expect(pageTitle({ ...facts, hidden: true })).toBe('🔊 Ada · lobby');
    expect(pageTitle({ ...facts, hidden: true, speaker: undefined })).toBe('lobby · Partyline');
  });
});
