import { describe, expect, expectTypeOf, it } from 'vitest';
import { defineConfig, parseConfig } from './config.ts';
import { configTable, describeConfig, formatConfigIssues } from './config-text.ts';
import { fieldSchemas } from './field-schemas.ts';

const fields = defineConfig({
  port: {
    env: 'PARTYLINE_EDGE_PORT',
    schema: fieldSchemas.port(),
    default: '7880',
    description: 'Port to listen on.',
  },
  drainMs: {
    env: 'PARTYLINE_DRAIN_MS',
    schema: fieldSchemas.integer({ min: 0, max: 60_000 }),
    default: '10000',
    unit: 'ms',
    description: 'How long a drain may take.',
  },
  origins: {
    env: 'PARTYLINE_ORIGINS',
    schema: fieldSchemas.list(),
    default: '',
    description: 'Origins allowed | in general.',
  },
  mode: {
    env: 'PARTYLINE_MODE',
    schema: fieldSchemas.oneOf(['guest', 'keys']),
    default: 'guest',
    description: 'Who may join.',
  },
  tls: { env: 'PARTYLINE_TLS', schema: fieldSchemas.boolean(), default: 'false', description: 'Serve wss.' },
  redisUrl: {
    env: 'PARTYLINE_REDIS_URL',
    schema: fieldSchemas.url(['redis:', 'rediss:']),
    optional: true,
    description: 'Redis of the region.',
  },
  apiSecret: {
    env: 'PARTYLINE_API_SECRET',
    schema: fieldSchemas.text().refine((text) => text.length >= 8, 'must have 8 characters or more'),
    secret: true,
    description: 'Signs tokens.',
  },
});

const enough = { PARTYLINE_API_SECRET: 'correct horse' };

describe('parseConfig', () => {
  it('takes defaults for what is not set or set to nothing', () => {
    const result = parseConfig(fields, { ...enough, PARTYLINE_DRAIN_MS: '', HOME: '/root' });
    expect(result).toEqual({
      ok: true,
      value: {
        port: 7880,
        drainMs: 10_000,
        origins: [],
        mode: 'guest',
        tls: false,
        redisUrl: undefined,
        apiSecret: 'correct horse',
      },
    });
  });

  it('types every setting', () => {
    const result = parseConfig(fields, enough);
    if (!result.ok) throw new Error(formatConfigIssues(result.issues));
    expectTypeOf(result.value.port).toEqualTypeOf<number>();
    expectTypeOf(result.value.origins).toEqualTypeOf<string[]>();
    expectTypeOf(result.value.mode).toEqualTypeOf<'guest' | 'keys'>();
    expectTypeOf(result.value.redisUrl).toEqualTypeOf<string | undefined>();
  });

  it('reports everything that is wrong at once, without secrets', () => {
    const result = parseConfig(fields, {
      PARTYLINE_EDGE_PORT: '65536',
      PARTYLINE_DRAIN_MS: '1e3',
      PARTYLINE_MODE: 'open',
      PARTYLINE_TLS: 'maybe',
      PARTYLINE_REDIS_URL: 'http://redis',
      PARTYLINE_API_SECRET: 'hush',
      PARTYLINE_ORIGIN: '*',
      PARTYLINE_COLOUR: 'red',
    });
    expect(result.ok).toBe(false);
    const text = result.ok ? '' : formatConfigIssues(result.issues);
    expect(text.split('\n')).toEqual([
      '8 settings are wrong:',
      '  PARTYLINE_EDGE_PORT must be a whole number from 0 to 65535, not "65536"',
      '  PARTYLINE_DRAIN_MS must be a whole number from 0 to 60000, not "1e3"',
      '  PARTYLINE_MODE must be one of guest, keys, not "open"',
      '  PARTYLINE_TLS must be true or false, not "maybe"',
      '  PARTYLINE_REDIS_URL must be a URL that starts with redis:// or rediss://, not "http://redis"',
      '  PARTYLINE_API_SECRET must have 8 characters or more',
      '  PARTYLINE_ORIGIN is not a setting; did you mean PARTYLINE_ORIGINS?',
      '  PARTYLINE_COLOUR is not a setting; remove it, or see docs/configuration.md',
    ]);
  });

  it('says what a missing required setting is for', () => {
    const result = parseConfig(fields, {});
    expect(result).toEqual({
      ok: false,
      issues: [{ env: 'PARTYLINE_API_SECRET', message: 'is required: Signs tokens.' }],
    });
  });

  it('leaves alone what Kubernetes, the scripts and other services put into the environment', () => {
    const env = {
      ...enough,
      PARTYLINE_DIRECTORY_SERVICE_HOST: '10.0.0.7',
      PARTYLINE_DIRECTORY_SERVICE_PORT_HTTP: '80',
      PARTYLINE_DIRECTORY_PORT: 'tcp://10.0.0.7:80',
      PARTYLINE_DIRECTORY_PORT_80_TCP_ADDR: '10.0.0.7',
      PARTYLINE_CACHE: '/var/cache',
      PARTYLINE_WEBHOOK_URL: 'https://example.org',
    };
    expect(parseConfig(fields, env, { alsoKnown: ['PARTYLINE_WEBHOOK_URL'] }).ok).toBe(true);
    expect(parseConfig(fields, env).ok).toBe(false);
  });
});

describe('defineConfig', () => {
  const description = 'A port.';

  it('refuses two fields with one variable', () => {
    const port = { env: 'PARTYLINE_PORT', schema: fieldSchemas.port(), default: '1', description };
    expect(() => defineConfig({ port, other: port })).toThrow(
      'PARTYLINE_PORT is read by both "port" and "other"',
    );
  });

  it('refuses a default that its own schema refuses', () => {
    const port = { env: 'PARTYLINE_PORT', schema: fieldSchemas.port(), default: 'x', description };
    expect(() => defineConfig({ port })).toThrow('does not pass its own schema');
  });
});

describe('describeConfig', () => {
  it('prints settings without secrets and without passwords in URLs', () => {
    const result = parseConfig(fields, { ...enough, PARTYLINE_REDIS_URL: 'redis://me:hush@redis:6379/0' });
    const text = result.ok ? describeConfig(fields, result.value) : '';
    expect(text.split('\n')).toEqual([
      'PARTYLINE_EDGE_PORT=7880',
      'PARTYLINE_DRAIN_MS=10000',
      'PARTYLINE_ORIGINS=',
      'PARTYLINE_MODE=guest',
      'PARTYLINE_TLS=false',
      'PARTYLINE_REDIS_URL=redis://***@redis:6379/0',
      'PARTYLINE_API_SECRET=(set)',
    ]);
  });
});

describe('configTable', () => {
  it('has a row for each setting, with default, unit and description', () => {
    const rows = configTable(fields).split('\n');
    expect(rows).toHaveLength(9);
    expect(rows).toContain('| `PARTYLINE_DRAIN_MS` | `10000` | ms | How long a drain may take. |');
    expect(rows).toContain('| `PARTYLINE_ORIGINS` | empty |  | Origins allowed \\| in general. |');
    expect(rows).toContain('| `PARTYLINE_REDIS_URL` | not set |  | Redis of the region. |');
    expect(rows).toContain('| `PARTYLINE_API_SECRET` | required |  | Signs tokens. Secret: never printed. |');
  });
});
