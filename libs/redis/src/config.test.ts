import { formatConfigIssues, parseConfig } from '@partyline/runtime';
import { describe, expect, it } from 'vitest';
import { redisConfigFields, redisSettingsIssues } from './config.ts';

const read = (env: Record<string, string>) => {
  const result = parseConfig(redisConfigFields, env);
  if (!result.ok) return formatConfigIssues(result.issues);
  return result.value;
};
const issues = (env: Record<string, string>): string[] => {
  const settings = read(env);
  if (typeof settings === 'string') throw new Error(settings);
  return redisSettingsIssues(settings, 'us').map((issue) => `${issue.env} ${issue.message}`);
};

describe('redisConfigFields', () => {
  it('reads targets, also by region', () => {
    const settings = read({
      PARTYLINE_REDIS_URL: 'redis://us',
      PARTYLINE_REDIS_REGIONS: 'eu=redis+cluster://a:1,b:2; ap-1 = redis://:p%3Bw@ap',
    });
    expect(settings).toMatchObject({ redisUrl: { host: 'us' }, busUrl: undefined, redisPrefix: 'partyline' });
    const { redisRegions } = settings as Exclude<typeof settings, string>;
    expect([...redisRegions.keys()]).toEqual(['eu', 'ap-1']);
    expect(redisRegions.get('ap-1')).toMatchObject({ kind: 'single', password: 'p;w' });
  });

  it('needs nothing', () => {
    expect(read({})).toMatchObject({ redisUrl: undefined, redisRegions: new Map(), busRegions: new Map() });
    expect(issues({})).toEqual([]);
  });

  it('tells everything that is wrong, and no password', () => {
    const said = read({
      PARTYLINE_REDIS_URL: 'redis//:hunter2@us',
      PARTYLINE_REDIS_REGIONS: 'eu=http://:hunter2@eu;redis://:hunter2@x;eu=redis://:hunter2@eu;eu=redis://y',
      PARTYLINE_REDIS_PREFIX: 'a:b',
    });
    expect(said).toMatch(/PARTYLINE_REDIS_URL must be redis:\/\/host:port/);
    expect(said).toMatch(/the URL of region eu must be/);
    expect(said).toMatch(/region 2 must be written name=URL/);
    expect(said).toMatch(/names the region eu twice/);
    expect(said).toMatch(/PARTYLINE_REDIS_PREFIX must be 1 to 64 letters/);
    expect(said).not.toContain('hunter2');
  });
});

describe('redisSettingsIssues', () => {
  const own = { PARTYLINE_REDIS_URL: 'redis://us' };
  const control = { PARTYLINE_CONTROL_REDIS_URL: 'redis://control' };

  it('wants a control Redis with another region, and only then', () => {
    expect(issues({ ...own, PARTYLINE_REDIS_REGIONS: 'us=redis://us' })).toEqual([]);
    expect(issues({ ...own, ...control, PARTYLINE_REDIS_REGIONS: 'eu=redis://eu' })).toEqual([]);
    expect(issues({ ...own, PARTYLINE_REDIS_REGIONS: 'eu=redis://eu' })).toEqual([
      expect.stringMatching(/^PARTYLINE_CONTROL_REDIS_URL is required with other regions/),
    ]);
  });

  it("wants the own region's Redis with anything else", () => {
    expect(issues({ PARTYLINE_BUS_URL: 'redis://bus' })).toEqual([
      'PARTYLINE_REDIS_URL is required with PARTYLINE_BUS_URL',
    ]);
    expect(issues({ ...control, PARTYLINE_REDIS_REGIONS: 'eu=redis://eu' })).toEqual([
      'PARTYLINE_REDIS_URL is required with PARTYLINE_REDIS_REGIONS',
    ]);
  });

  it('wants state wherever there is a bus', () => {
    expect(issues({ ...own, ...control, PARTYLINE_BUS_REGIONS: 'eu=redis://eu' })).toEqual([
      'PARTYLINE_REDIS_REGIONS lacks the region eu, which PARTYLINE_BUS_REGIONS names',
    ]);
  });
});
