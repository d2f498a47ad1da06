import { type ConfigIssue, defineConfig, fieldSchemas } from '@partyline/runtime';
import { parseRedisUrl, type RedisTarget } from './target.ts';

/** Reads the URL of a Redis; its field must be secret, as the URL may hold a password. */
export const redisUrl = () =>
  fieldSchemas.custom<RedisTarget>((text) => {
    const result = parseRedisUrl(text);
    return result.ok ? { value: result.target } : { problems: [result.problem] };
  });

/** A region's name stands in channels between colons, and in settings before an equals sign. */
const REGION = /^[A-Za-z0-9._-]{1,64}$/;

/** Reads the name of a region. */
export const regionName = () =>
  fieldSchemas.custom<string>((text) =>
    REGION.test(text)
      ? { value: text }
      : { problems: ['must be 1 to 64 letters, digits, dots, underscores or dashes'] },
  );

/** Reads `us=redis://…;eu=redis://…`; problems name a region by its place or name, never by its URL. */
export const redisUrlsByRegion = () =>
  fieldSchemas.custom<ReadonlyMap<string, RedisTarget>>((text) => {
    const targets = new Map<string, RedisTarget>();
    const problems: string[] = [];
    for (const [index, item] of text.split(';').entries()) {
      if (item.trim() === '') continue;
      const equals = item.indexOf('=');
      const region = item.slice(0, Math.max(equals, 0)).trim();
      const result = parseRedisUrl(item.slice(equals + 1));
      if (!REGION.test(region)) {
        problems.push(`region ${index + 1} must be written name=URL, with a semicolon between regions`);
      } else if (targets.has(region)) problems.push(`names the region ${region} twice`);
      else if (!result.ok) problems.push(`the URL of region ${region} ${result.problem}`);
      else targets.set(region, result.target);
    }
    return problems.length > 0 ? { problems } : { value: targets };
  });

const PREFIX = /^[A-Za-z0-9._-]{1,64}$/;

/** The settings of whatever uses a cluster's Redis: edges and directories. */
export const redisConfigFields = defineConfig({
  redisUrl: {
    env: 'PARTYLINE_REDIS_URL',
    schema: redisUrl(),
    optional: true,
    secret: true,
    description:
      "Redis of this region: redis://, rediss://, redis+sentinel://host:port,host:port/master or redis+cluster://host:port,host:port. Holds the region's state and carries its media.",
  },
  busUrl: {
    env: 'PARTYLINE_BUS_URL',
    schema: redisUrl(),
    optional: true,
    secret: true,
    description: 'Redis that carries the media of this region, if another one than PARTYLINE_REDIS_URL.',
  },
  redisRegions: {
    env: 'PARTYLINE_REDIS_REGIONS',
    schema: redisUrlsByRegion(),
    default: '',
    secret: true,
    description:
      'Redis of every other region: us=redis://…;eu=redis://… (the own region may be among them; write %3B for a semicolon in a password).',
  },
  busRegions: {
    env: 'PARTYLINE_BUS_REGIONS',
    schema: redisUrlsByRegion(),
    default: '',
    secret: true,
    description: 'As PARTYLINE_REDIS_REGIONS, for the media of regions that have a Redis apart for it.',
  },
  controlRedisUrl: {
    env: 'PARTYLINE_CONTROL_REDIS_URL',
    schema: redisUrl(),
    optional: true,
    secret: true,
    description: 'Redis that knows which regions a room is in; needed with two regions or more.',
  },
  redisPrefix: {
    env: 'PARTYLINE_REDIS_PREFIX',
    schema: fieldSchemas.custom<string>((text) =>
      PREFIX.test(text)
        ? { value: text }
        : { problems: ['must be 1 to 64 letters, digits, dots, underscores or dashes'] },
    ),
    default: 'partyline',
    description: 'Stands before every key and channel, so that several clusters can share a Redis.',
  },
});

/** The values of {@link redisConfigFields}. */
export interface RedisSettings {
  readonly redisUrl: RedisTarget | undefined;
  readonly busUrl: RedisTarget | undefined;
  readonly redisRegions: ReadonlyMap<string, RedisTarget>;
  readonly busRegions: ReadonlyMap<string, RedisTarget>;
  readonly controlRedisUrl: RedisTarget | undefined;
  readonly redisPrefix: string;
}

/** What no single setting can tell by itself. */
export function redisSettingsIssues(settings: RedisSettings, region: string): ConfigIssue[] {
  const { redisUrl: own, redisRegions, busRegions, busUrl, controlRedisUrl } = settings;
  const issues: ConfigIssue[] = [];
  const others = [...new Set([...redisRegions.keys(), ...busRegions.keys()])].filter(
    (name) => name !== region,
  );
  const needsOwn =
    busUrl !== undefined ? 'PARTYLINE_BUS_URL' : others.length > 0 ? 'PARTYLINE_REDIS_REGIONS' : undefined;
  if (own === undefined && needsOwn !== undefined) {
    issues.push({ env: 'PARTYLINE_REDIS_URL', message: `is required with ${needsOwn}` });
  }
  if (others.length > 0 && controlRedisUrl === undefined) {
    issues.push({
      env: 'PARTYLINE_CONTROL_REDIS_URL',
      message:
        'is required with other regions in PARTYLINE_REDIS_REGIONS; every region must name the same one',
    });
  }
  for (const name of others) {
    if (redisRegions.has(name)) continue;
    issues.push({
      env: 'PARTYLINE_REDIS_REGIONS',
      message: `lacks the region ${name}, which PARTYLINE_BUS_REGIONS names`,
    });
  }
  return issues;
}
