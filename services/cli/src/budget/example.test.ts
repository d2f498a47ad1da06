import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { run } from '../run.ts';

const PAGE = readFileSync(new URL('../../../../docs/audio.md', import.meta.url), 'utf8');
const EXAMPLE = /```sh\nnpx partyline (budget [^\n]*)\n```[\s\S]*?```text\n([\s\S]*?)\n```/;

const partyline = async (words: string): Promise<string> => {
  const results: string[] = [];
  const output = {
    live: false,
    result: (text: string) => results.push(text),
    note: () => {},
    status: () => {},
    endStatus: () => {},
  };
  await run(words.split(' '), { output, env: {}, signal: new AbortController().signal });
  return results.join('\n');
};

describe('docs/audio.md', () => {
  it('shows what the command prints', async () => {
    const [, words, shown] = EXAMPLE.exec(PAGE)!;
    expect(await partyline(words!)).toBe(shown);
  });

  it('says of other wishes what the command says of them', async () => {
    const rows = [...PAGE.matchAll(/^\| `(--[^`]*)` \| ([\d.]+) \| ([\d.]+) \|/gm)];
    expect(rows.length).toBeGreaterThan(3);
    for (const [, wishes, up, down] of rows) {
      const made = JSON.parse(
        await partyline(`budget --participants 10 --talkers 2 --tls --json ${wishes}`),
      ) as { traffic: Record<'talker' | 'listener', Record<'up' | 'down', { totalBps: number }>> };
      const { talker, listener } = made.traffic;
      expect((talker.up.totalBps / 1_000).toFixed(1), wishes).toBe(up);
      expect((listener.down.totalBps / 1_000).toFixed(1), wishes).toBe(down);
    }
  });
});
