import { describe, expect, it } from 'vitest';
import { ChatLog, MAX_ENTRIES, type NewEntry } from './chat-log.ts';

const entry = (more: Partial<NewEntry> = {}): NewEntry => ({
  atMs: 1_000,
  from: 'ada',
  name: 'Ada',
  own: false,
  text: 'Hello',
  ...more,
});

describe('ChatLog', () => {
  it('puts together what one person writes shortly after another message of theirs', () => {
    const log = new ChatLog();
    log.add(entry());
    log.add(entry({ atMs: 60_000 }));
    log.add(entry({ atMs: 61_000, from: 'bob', name: 'Bob' }));
    log.add(entry({ atMs: 62_000 }));
    log.add(entry({ atMs: 62_000 + 180_000 }));
    expect(log.entries.map(({ continued }) => continued)).toEqual([false, true, false, false, false]);
  });

  it('never puts a direct message together with one to all, or with one to somebody else', () => {
    const log = new ChatLog();
    const to = (identity: string) => ({ identity, name: identity });
    log.add(entry());
    log.add(entry({ direct: to('bob') }));
    log.add(entry({ direct: to('bob') }));
    log.add(entry({ direct: to('eve') }));
    log.add(entry());
    expect(log.entries.map(({ continued }) => continued)).toEqual([false, false, true, false, false]);
  });

  it('follows a message of one’s own until it has arrived or not', () => {
    const log = new ChatLog();
    const { id } = log.add(entry({ own: true, delivery: { state: 'sending' } }));
    const before = log.revision;
    log.deliver(id, { state: 'delivered', recipients: 3 });
    expect(log.find(id)?.delivery).toEqual({ state: 'delivered', recipients: 3 });
    expect(log.revision).toBeGreaterThan(before);
    log.deliver(99, { state: 'delivered', recipients: 1 });
    expect(log.entries).toHaveLength(1);
  });

  it(`keeps ${MAX_ENTRIES} messages, and the first of them has its name above it`, () => {
    const log = new ChatLog();
    for (let at = 0; at < MAX_ENTRIES + 10; at += 1) log.add(entry({ text: String(at) }));
    expect(log.entries).toHaveLength(MAX_ENTRIES);
    expect(log.entries[0]).toMatchObject({ text: '10', continued: false });
    expect(log.entries.at(-1)).toMatchObject({ text: String(MAX_ENTRIES + 9), continued: true });
    expect(log.find(1)).toBeUndefined();
  });
});
