import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { mintAccessToken } from './access-token.ts';
import { BackendError } from './errors.ts';

const key = { keyId: 'key-1', secret: 'a-secret-of-thirty-two-bytes-or-more' };
const nowMs = 1_800_000_000_500;

describe('a minted access token', () => {
  it('is a JWT signed with HMAC-SHA-256, with every grant spelled out', async () => {
    const token = await mintAccessToken({
      ...key,
      room: 'lobby',
      identity: 'ada',
      name: 'Ada “the first”',
      grants: { moderate: true },
      nowMs,
    });
    const [header, claims, mac] = token.split('.') as [string, string, string];
    const read = (part: string): unknown => JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
    expect(read(header)).toEqual({ alg: 'HS256', kid: 'key-1', typ: 'partyline-access+jwt' });
    expect(read(claims)).toEqual({
      iss: 'key-1',
      sub: 'ada',
      room: 'lobby',
      name: 'Ada “the first”',
      grants: { publish: true, subscribe: true, moderate: true, hidden: false, direct: true },
      admin: false,
      iat: 1_800_000_000,
      exp: 1_800_000_600,
    });
    expect(mac).toBe(createHmac('sha256', key.secret).update(`${header}.${claims}`).digest('base64url'));
  });

  it.each([
    [{ secret: 'short' }, 'short_secret', /"key-1" has 5 bytes .* openssl/],
    [{ room: 'no spaces' }, 'invalid_claim', /room/],
    [{ identity: '' }, 'invalid_claim', /identity/],
    [{ identity: 'line\nbreak' }, 'invalid_claim', /identity/],
    [{ name: 'n'.repeat(129) }, 'invalid_claim', /name/],
    [{ metadata: 'm'.repeat(2_049) }, 'invalid_claim', /metadata/],
    [{ keyId: '' }, 'invalid_claim', /keyId/],
    [{ ttlSeconds: 0 }, 'invalid_claim', /ttlSeconds/],
    [{ ttlSeconds: Number.NaN }, 'invalid_claim', /ttlSeconds/],
    [{ grants: { moderate: 'yes' as never } }, 'invalid_claim', /moderate/],
  ])('is not made from %j', async (wrong, code, message) => {
    const error: unknown = await mintAccessToken({ ...key, ...wrong }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(BackendError);
    expect(error).toMatchObject({ code, message: expect.stringMatching(message) });
  });
});
