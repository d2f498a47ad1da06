import { describe, expect, it } from 'vitest';
import { judge } from './server-check.ts';
import { parseRedisUrl, type RedisTarget } from './target.ts';

const target = (text: string): RedisTarget => {
  const result = parseRedisUrl(text);
  if (!result.ok) throw new Error(result.problem);
  return result.target;
};
const single = target('redis://:secret@redis');
const cluster = target('redis+cluster://redis');
const sentinel = target('redis+sentinel://redis/main');
const info = (version: string, mode = 'standalone'): string =>
  `# Server\r\nredis_version:${version}\r\nredis_git_sha1:0\r\nredis_mode:${mode}\r\n`;

describe('judge', () => {
  it.each([
    [info('6.2.0'), single],
    [info('7.0.15'), single],
    [info('10.1.0'), single],
    [info('6.2.7'), sentinel],
    [info('7.0.0', 'cluster'), cluster],
    [info('8.2.0', 'cluster'), cluster],
    ['something else', single],
  ])('takes %j', (text, wanted) => {
    expect(judge(text, wanted)).toBeUndefined();
  });

  it.each([
    [info('6.0.16'), single, 'Redis at redis://redis:6379 is version 6.0; 6.2 or newer is needed.'],
    [info('5.0.3'), sentinel, /version 5\.0; 6\.2 or newer/],
    [
      info('6.2.14', 'cluster'),
      cluster,
      /6\.2; 7\.0 or newer is needed for sharded publish and subscribe\.$/,
    ],
    [info('7.0.0', 'cluster'), single, /write redis\+cluster:\/\//],
    [info('7.0.0'), cluster, /no Redis Cluster; write redis:\/\//],
    [info('7.0.0', 'sentinel'), single, /is a Sentinel; write redis\+sentinel:/],
  ])('refuses %j', (text, wanted, message) => {
    const problem = judge(text, wanted);
    expect(problem?.code).toBe('unsuitable');
    expect(problem?.message).toMatch(message);
  });
});
