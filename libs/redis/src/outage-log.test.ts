import { describe, expect, it } from 'vitest';
import { OutageLog } from './outage-log.ts';
import type { RedisLogFields as Of } from './redis-link.ts';

const [a, b] = ['a', 'b'].map((redis) => ({ redis, role: 'state' })) as [Of, Of];

const record = () => {
  let nowMs = 0;
  const lines: string[] = [];
  const take = (level: string) => (fields: Of, message: string) =>
    void lines.push(`${level} ${fields.redis} ${message}`);
  const log = { info: take('info'), warn: take('warn'), error: take('error') };
  const outages = new OutageLog({ log, clock: { now: () => nowMs } });
  return {
    lines,
    outages,
    wait: (forMs: number) => {
      nowMs += forMs;
    },
  };
};

describe('OutageLog', () => {
  it('tells that a server is away with the first connection, and that it is back with the last', () => {
    const { lines, outages } = record();
    for (const role of ['state', 'publisher', 'subscriber']) outages.warn(a, `away (${role})`);
    outages.warn(b, 'away (state)');
    for (const role of ['subscriber', 'state', 'publisher']) outages.info(a, `back (${role})`);
    outages.warn(a, 'away (subscriber)');
    expect(lines).toEqual([
      'warn a away (state)',
      'warn b away (state)',
      'info a back (publisher)',
      'warn a away (subscriber)',
    ]);
  });

  it('tells once what somebody must repair, and again when it still holds later', () => {
    const { lines, outages, wait } = record();
    for (let i = 0; i < 5; i++) outages.error(a, 'wrong password');
    outages.error(b, 'wrong password');
    wait(10_000);
    outages.error(a, 'wrong password');
    outages.error(a, 'too old');
    expect(lines).toEqual([
      'error a wrong password',
      'error b wrong password',
      'error a wrong password',
      'error a too old',
    ]);
  });
});
