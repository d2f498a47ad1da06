import { systemClock } from '@partyline/runtime';
import { generateTicketKey } from '@partyline/tokens';
import { describe, expect, it } from 'vitest';
import { createTicketSigner, parseDirectoryConfig, registryLimits } from './config.ts';

const secret = 's'.repeat(32);
const issuesOf = (env: Record<string, string>): string[] => {
  const parsed = parseDirectoryConfig(env);
  return parsed.ok ? [] : parsed.issues.map(({ env: name, message }) => `${name} ${message}`);
};

describe('the settings of a directory', () => {
  it('let nobody in by default', () => {
    const parsed = parseDirectoryConfig({});
    expect(parsed).toMatchObject({ ok: true, value: { apiKeys: [], guestJoin: false, guestAdmin: false } });
  });

  it('take two keys, and tell what is wrong with others without quoting them', () => {
    const parsed = parseDirectoryConfig({ PARTYLINE_API_KEYS: `a:${secret}, b:${secret}:more` });
    expect(parsed).toMatchObject({
      ok: true,
      value: {
        apiKeys: [
          { id: 'a', secret },
          { id: 'b', secret: `${secret}:more` },
        ],
      },
    });
    for (const bad of [
      'hushhush',
      'a:hushhush',
      `a:${secret},a:${secret}`,
      `a:${secret},b:${secret},c:${secret}`,
    ]) {
      const [issue, ...rest] = issuesOf({ PARTYLINE_API_KEYS: bad });
      expect(rest).toEqual([]);
      expect(issue).toMatch(/^PARTYLINE_API_KEYS .*(key|keys) /);
      expect(issue).not.toMatch(/hushhush|sss/);
    }
  });

  it('take ticket keys as PEM and keep tickets of the former key valid', async () => {
    const pem = () => generateTicketKey().export({ type: 'pkcs8', format: 'pem' }) as string;
    const parsed = parseDirectoryConfig({
      PARTYLINE_TICKET_KEY: pem(),
      PARTYLINE_TICKET_KEY_PREVIOUS: pem(),
    });
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.issues));
    expect(createTicketSigner(parsed.value, systemClock).publicKeys().keys).toHaveLength(2);
    expect(issuesOf({ PARTYLINE_TICKET_KEY: 'hushhush' })).toEqual([
      expect.stringMatching(/Ed25519.*openssl/),
    ]);
    expect(issuesOf({ PARTYLINE_TICKET_KEY: 'hushhush' })[0]).not.toContain('hushhush');
  });

  it('refuse proxies that are no addresses', () => {
    expect(issuesOf({ PARTYLINE_TRUSTED_PROXIES: '10.0.0.0/8, ::1, 192.168.1.1' })).toEqual([]);
    for (const bad of ['proxy.example', '10.0.0.0/33', '10.0.0.0/8/8', '::1/129']) {
      expect(issuesOf({ PARTYLINE_TRUSTED_PROXIES: bad })).toEqual([expect.stringContaining('10.0.0.0/8')]);
    }
  });

  it('make the registry remember participants longer than any ticket lives', () => {
    const parsed = parseDirectoryConfig({ PARTYLINE_TICKET_TTL: '600', PARTYLINE_MAX_ROOMS: '7' });
    if (!parsed.ok) throw new Error();
    expect(registryLimits(parsed.value)).toMatchObject({ maxRooms: 7, retentionMs: 1_560_000 });
  });
});
