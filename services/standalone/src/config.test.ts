import { describe, expect, it } from 'vitest';
import { parseStandaloneConfig } from './config.ts';

const none = { https: false, guests: false };
const secret = 'x'.repeat(32);
const parsed = (env: Record<string, string>, flags: Partial<typeof none> = {}) => {
  const result = parseStandaloneConfig(env, { ...none, ...flags });
  if (!result.ok) throw new Error(JSON.stringify(result.issues));
  return result.value;
};
const issues = (env: Record<string, string>, flags: Partial<typeof none> = {}) => {
  const result = parseStandaloneConfig(env, { ...none, ...flags });
  return result.ok ? [] : result.issues.map((issue) => `${issue.env} ${issue.message}`);
};

describe('parseStandaloneConfig', () => {
  it('listens on loopback for guests unless told otherwise', () => {
    expect(parsed({})).toMatchObject({
      host: '127.0.0.1',
      port: 8080,
      opsPort: 8081,
      directory: { guestJoin: true, guestAdmin: true },
      tls: undefined,
    });
  });

  it('puts the operations port beside PORT, or where OPS_PORT says', () => {
    expect(parsed({ PORT: '9000' }).opsPort).toBe(9001);
    expect(parsed({ PORT: '65535' }).opsPort).toBe(65_534);
    expect(parsed({ PORT: '0' }).opsPort).toBe(0);
    expect(parsed({ PORT: '9000', OPS_PORT: '7000' }).opsPort).toBe(7000);
  });

  it('refuses other machines without keys, and says how to let them in', () => {
    const [message] = issues({ HOST: '0.0.0.0' });
    expect(message).toContain('PARTYLINE_API_KEYS=id:secret');
    expect(message).toContain('--guests');
    expect(parsed({ HOST: '0.0.0.0' }, { guests: true }).directory.guestJoin).toBe(true);
    expect(parsed({ HOST: '0.0.0.0', PARTYLINE_GUEST_JOIN: 'true' }).directory.guestJoin).toBe(true);
    expect(parsed({ HOST: '0.0.0.0', PARTYLINE_API_KEYS: `a:${secret}` }).directory).toMatchObject({
      guestJoin: false,
      guestAdmin: false,
      apiKeys: [{ id: 'a', secret }],
    });
  });

  it('lets no guest in on loopback once there are keys, or when told so', () => {
    expect(parsed({ PARTYLINE_API_KEYS: `a:${secret}` }).directory.guestJoin).toBe(false);
    expect(parsed({ PARTYLINE_GUEST_JOIN: 'false' }).directory.guestJoin).toBe(false);
    expect(parsed({ PARTYLINE_API_KEYS: `a:${secret}` }, { guests: true }).directory.guestJoin).toBe(true);
  });

  it('lets the guest who opens a room moderate it only where nobody else can come, or when told so', () => {
    const moderated = (env: Record<string, string>, flags: Partial<typeof none> = {}) =>
      parsed(env, flags).directory.guestModerate;
    expect(moderated({})).toBe(true);
    expect(moderated({}, { https: true })).toBe(false);
    expect(moderated({ HOST: '0.0.0.0' }, { guests: true })).toBe(false);
    expect(moderated({ PARTYLINE_API_KEYS: `a:${secret}` })).toBe(false);
    expect(moderated({ PARTYLINE_GUEST_MODERATE: 'false' })).toBe(false);
    expect(moderated({ PARTYLINE_GUEST_MODERATE: 'true' }, { https: true })).toBe(true);
  });

  it('listens on all interfaces for guests with --https', () => {
    expect(parsed({}, { https: true })).toMatchObject({
      host: '0.0.0.0',
      directory: { guestJoin: true },
      tls: 'self-signed',
    });
    expect(parsed({ HOST: '127.0.0.1' }, { https: true }).host).toBe('127.0.0.1');
  });

  it('takes a certificate with its key, and misses the one without the other', () => {
    const files = { PARTYLINE_TLS_CERT: 'c.pem', PARTYLINE_TLS_KEY: 'k.pem' };
    expect(parsed(files).tls).toEqual({ certificateFile: 'c.pem', keyFile: 'k.pem' });
    expect(issues({ PARTYLINE_TLS_CERT: 'c.pem' })[0]).toContain('PARTYLINE_TLS_KEY');
    expect(issues({ PARTYLINE_TLS_KEY: 'k.pem' })[0]).toContain('PARTYLINE_TLS_CERT');
  });

  it('reports what is wrong with any part at once, and never quotes a secret', () => {
    const found = issues({
      PORT: 'x',
      PARTYLINE_EDGE_LAST_N: 'many',
      PARTYLINE_TICKET_TTL: '1',
      PARTYLINE_PROT: '1',
    });
    expect(found).toHaveLength(4);
    const keys = issues({ PARTYLINE_API_KEYS: 'justasecret' }).join('\n');
    expect(keys).toContain('key 1');
    expect(keys).not.toContain('justasecret');
  });

  it('passes on the settings of edge and directory, but not those that follow from its own', () => {
    const { edge, directory } = parsed({ PARTYLINE_EDGE_LAST_N: '5', PARTYLINE_TICKET_TTL: '60' });
    expect(edge.lastN).toBe(5);
    expect(directory.ticketTtlSeconds).toBe(60);
    expect(issues({ PARTYLINE_EDGE_PORT: '9000' })[0]).toContain('PARTYLINE_EDGE_PORT is not a setting');
  });
});
