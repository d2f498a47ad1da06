import { mintAccessToken } from '@partyline/backend';
import fc from 'fast-check';
import { SignJWT, UnsecuredJWT } from 'jose';
import { describe, expect, it } from 'vitest';
import { AccessTokenVerifier } from './access-token.ts';
import { accessClaimsSchema } from './claims.ts';
import { TokenKeyError } from './errors.ts';
import { TicketSigner } from './ticket.ts';

const nowMs = 1_800_000_000_000;
const clock = { now: () => nowMs };
const key = { id: 'key-1', secret: 'first-secret-of-thirty-two-bytes-or-more' };
const other = { id: 'key-2', secret: 'second-secret-of-thirty-two-bytes-or-more' };
const verifier = new AccessTokenVerifier([key], clock);
const mint = (options = {}) =>
  mintAccessToken({
    keyId: key.id,
    secret: key.secret,
    identity: 'ada',
    room: 'lobby',
    name: 'Ada',
    nowMs,
    ...options,
  });
const foreign = (claims: object, header: object = {}) =>
  new SignJWT({ sub: 'ada', room: 'lobby', ...claims })
    .setProtectedHeader({ alg: 'HS256', ...header })
    .sign(new TextEncoder().encode(key.secret));

describe('access tokens', () => {
  it('come back with what was put in', async () => {
    const token = await mint({ grants: { publish: false, moderate: true }, metadata: 'm' });
    expect(await verifier.verify(token)).toEqual({
      ok: true,
      claims: {
        iss: 'key-1',
        sub: 'ada',
        room: 'lobby',
        name: 'Ada',
        metadata: 'm',
        grants: { publish: false, subscribe: true, moderate: true, hidden: false, direct: true },
        admin: false,
        exp: nowMs / 1000 + 600,
      },
    });
  });

  it('are minted from exactly the claims that are taken here', async () => {
    const texts = fc.string({ unit: 'binary', maxLength: 140 });
    const options = fc.record(
      {
        identity: texts,
        room: fc.oneof(texts, fc.stringMatching(/^[\w.-]{1,66}$/)),
        name: texts,
        metadata: fc.oneof(
          texts,
          fc.integer({ min: 2_040, max: 2_056 }).map((length) => 'm'.repeat(length)),
        ),
        keyId: texts,
      },
      { requiredKeys: ['keyId'] },
    );
    await fc.assert(
      fc.asyncProperty(options, async (given) => {
        const minted = await mint({ identity: undefined, room: undefined, ...given }).catch(() => undefined);
        const { keyId, identity, ...rest } = given;
        const claims = { iss: keyId, sub: identity, exp: 1, ...rest };
        expect(minted !== undefined).toBe(accessClaimsSchema.safeParse(claims).success);
        if (minted === undefined) return;
        const checked = await new AccessTokenVerifier([{ id: keyId, secret: key.secret }], clock).verify(
          minted,
        );
        expect(checked).toMatchObject({ ok: true, claims: { ...rest, iss: keyId } });
      }),
    );
  });

  it('of any JWT library are taken: no kid, typ JWT', async () => {
    const token = await foreign({ iss: key.id, exp: nowMs / 1000 + 60 }, { typ: 'JWT' });
    expect(await verifier.verify(token)).toMatchObject({ ok: true, claims: { grants: { publish: true } } });
  });

  it('are refused once expired', async () => {
    const token = await mint({ nowMs: nowMs - 601_000 });
    expect(await verifier.verify(token)).toMatchObject({ ok: false, reason: 'expired' });
  });

  it('are refused without an expiry', async () => {
    expect(await verifier.verify(await foreign({ iss: key.id }))).toMatchObject({
      ok: false,
      reason: 'malformed',
      detail: expect.stringContaining('exp'),
    });
  });

  it('are refused before their time, with leeway for clocks', async () => {
    const exp = nowMs / 1000 + 600;
    const early = await foreign({ iss: key.id, exp, nbf: nowMs / 1000 + 60 });
    expect(await verifier.verify(early)).toMatchObject({ ok: false, reason: 'not_yet_valid' });
    const ahead = await foreign({ iss: key.id, exp, nbf: nowMs / 1000 + 5 });
    expect(await verifier.verify(ahead)).toMatchObject({ ok: true });
  });

  it('are refused when signed with another secret, or changed', async () => {
    const forged = await mint({ secret: other.secret });
    expect(await verifier.verify(forged)).toMatchObject({ ok: false, reason: 'forged' });
    const [header, payload, signature] = (await mint()).split('.') as [string, string, string];
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString());
    const changed = Buffer.from(JSON.stringify({ ...claims, admin: true })).toString('base64url');
    const token = `${header}.${changed}.${signature}`;
    expect(await verifier.verify(token)).toMatchObject({ ok: false, reason: 'forged' });
  });

  it('are refused when the issuer is not the signing key', async () => {
    const token = await foreign({ iss: 'key-2', exp: nowMs / 1000 + 60 }, { kid: key.id });
    expect(await verifier.verify(token)).toMatchObject({ ok: false, reason: 'malformed' });
  });

  it('are refused unsigned and with another algorithm', async () => {
    const none = new UnsecuredJWT({ sub: 'ada', iss: key.id }).setExpirationTime('1h').encode();
    expect(await verifier.verify(none)).toMatchObject({ ok: false, reason: 'forged' });
    const hs512 = await new SignJWT({ iss: key.id, exp: nowMs })
      .setProtectedHeader({ alg: 'HS512', kid: key.id })
      .sign(new TextEncoder().encode(key.secret.repeat(2)));
    expect(await verifier.verify(hs512)).toMatchObject({ ok: false, reason: 'forged' });
  });

  it('of two keys are taken while a key is rotated', async () => {
    const both = new AccessTokenVerifier([key, other], clock);
    const newer = await mint({ keyId: other.id, secret: other.secret });
    expect(await both.verify(await mint())).toMatchObject({ ok: true });
    expect(await both.verify(newer)).toMatchObject({ ok: true });
    expect(await verifier.verify(newer)).toMatchObject({ ok: false, reason: 'unknown_key' });
  });

  it('are no tickets', async () => {
    const signer = TicketSigner.generate(clock);
    const grants = { publish: true, subscribe: true, moderate: true, hidden: false, direct: true };
    const claims = { room: 'lobby', sub: 'ada', name: '', grants, streamId: 1, resumeId: 'r', generation: 0 };
    const { ticket } = await signer.sign({ ...claims, edge: 'e' }, 60);
    expect(await verifier.verify(ticket)).toMatchObject({ ok: false });
    const typed = await foreign({ iss: key.id, exp: nowMs }, { kid: key.id, typ: 'partyline-ticket+jwt' });
    expect(await verifier.verify(typed)).toMatchObject({ ok: false, reason: 'malformed' });
  });

  it('need a secret of 32 bytes, and the error says how to make one', async () => {
    expect(() => new AccessTokenVerifier([{ id: 'k', secret: 'short' }], clock)).toThrow(
      /"k" has 5 bytes.*openssl/,
    );
    expect(() => new AccessTokenVerifier([key, key], clock)).toThrow(TokenKeyError);
  });

  it('never make the verifier throw, whatever the text', async () => {
    const token = await mint();
    const texts = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(fc.base64String(), { minLength: 3, maxLength: 5 }).map((parts) => parts.join('.')),
      fc.json().map((json) => `${Buffer.from(json).toString('base64url')}.e30.AAAA`),
      fc.tuple(fc.nat(token.length - 1), fc.string({ minLength: 1, maxLength: 1 })).map(([at, character]) => {
        return `${token.slice(0, at)}${character}${token.slice(at + 1)}`;
      }),
    );
    await fc.assert(
      fc.asyncProperty(texts, async (text) => {
        const result = await verifier.verify(text);
        // The last character of a base64url part has spare bits, so that a change may not be one.
        if (result.ok) expect(result.claims.sub).toBe('ada');
      }),
    );
    expect(await verifier.verify(undefined as unknown as string)).toMatchObject({ reason: 'malformed' });
    expect(await verifier.verify('a'.repeat(10_000))).toMatchObject({ reason: 'malformed' });
  });
});
