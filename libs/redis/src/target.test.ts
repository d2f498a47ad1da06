import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { describeTarget, parseRedisUrl } from './target.ts';

const access = { tls: false, username: undefined, password: undefined };
const target = (text: string) => {
  const result = parseRedisUrl(text);
  return result.ok ? result.target : result.problem;
};

describe('parseRedisUrl', () => {
  it.each([
    ['redis://redis', { kind: 'single', ...access, host: 'redis', port: 6379, db: 0 }],
    ['redis://10.0.0.1:7000/3', { kind: 'single', ...access, host: '10.0.0.1', port: 7000, db: 3 }],
    ['rediss://[::1]:7000', { kind: 'single', ...access, tls: true, host: '::1', port: 7000, db: 0 }],
    [
      'redis://:p%40ss%2Fword@redis',
      { kind: 'single', ...access, password: 'p@ss/word', host: 'redis', port: 6379, db: 0 },
    ],
    [
      'redis://edge:a:b@c@redis:6379',
      { kind: 'single', ...access, username: 'edge', password: 'a:b@c', host: 'redis', port: 6379, db: 0 },
    ],
    [
      'redis+sentinel://:secret@s1,s2:26380/mymaster?sentinelPassword=other&db=2',
      {
        kind: 'sentinel',
        ...access,
        password: 'secret',
        sentinels: [
          { host: 's1', port: 26379 },
          { host: 's2', port: 26380 },
        ],
        name: 'mymaster',
        db: 2,
        sentinelPassword: 'other',
      },
    ],
    [
      'rediss+cluster://user:secret@a:1,b,[fe80::1]:3',
      {
        kind: 'cluster',
        tls: true,
        username: 'user',
        password: 'secret',
        nodes: [
          { host: 'a', port: 1 },
          { host: 'b', port: 6379 },
          { host: 'fe80::1', port: 3 },
        ],
      },
    ],
  ])('reads %s', (text, expected) => {
    expect(target(text)).toEqual(expected);
  });

  it.each([
    ['redis.example.com:6379', /^must be redis:\/\/host:port, redis\+sentinel:/],
    ['http://redis', /^must be redis:/],
    ['redis://', /must name a host/],
    ['redis://secret@', /must name a host/],
    ['redis://redis:0', /host:port/],
    ['redis://redis:65536', /host:port/],
    ['redis://re dis', /host:port/],
    ['redis://a,b', /several servers; write redis\+cluster:/],
    ['redis://redis/zero', /number of a database/],
    ['redis://:100%@redis', /% that encodes nothing/],
    ['redis+sentinel://s1:26379', /end with a slash and the master's name/],
    ['redis+sentinel://s1/mymaster?db=x', /number as its db/],
    ['redis+cluster://a,b/1', /must not name a database/],
  ])('refuses %s', (text, problem) => {
    expect(target(text)).toMatch(problem);
  });

  it('answers any text, never with its password', () => {
    const text = fc.oneof(
      fc.string(),
      fc
        .tuple(fc.constantFrom('redis://', 'rediss+cluster://', 'redis+sentinel://'), fc.string())
        .map(([protocol, rest]) => `${protocol}:hunter2hunter2@${rest}`),
    );
    fc.assert(
      fc.property(text, (given) => {
        const result = parseRedisUrl(given);
        const said = result.ok ? describeTarget(result.target) : result.problem;
        expect(said).not.toContain('hunter2hunter2');
      }),
    );
  });
});

describe('describeTarget', () => {
  it.each([
    ['redis://user:secret@redis:7000/1', 'redis://redis:7000'],
    ['redis+sentinel://:secret@a,b:1/main', 'redis+sentinel://a:26379,b:1/main'],
    ['rediss+cluster://:secret@[::1]', 'rediss+cluster://[::1]:6379'],
  ])('shows %s without secrets', (text, shown) => {
    const result = parseRedisUrl(text);
    expect(result.ok && describeTarget(result.target)).toBe(shown);
  });
});
