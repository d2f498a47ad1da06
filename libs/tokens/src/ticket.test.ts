import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { mintAccessToken } from '@partyline/backend';
import fc from 'fast-check';
import { SignJWT, UnsecuredJWT } from 'jose';
import { describe, expect, it } from 'vitest';
import { TICKET_TYPE, tokenKind } from './signed-token.ts';
import { TicketSigner, TicketVerifier } from './ticket.ts';
import { generateTicketKey, readTicketKey, ticketPublicKey } from './ticket-keys.ts';

const nowMs = 1_800_000_000_000;
const clock = { now: () => nowMs };
const claims = {
  room: 'lobby',
  sub: 'ada',
  name: 'Ada',
  grants: { publish: true, subscribe: true, moderate: false, hidden: false, direct: true },
  streamId: 7,
  resumeId: 'resume',
  generation: 3,
  edge: 'edge-1',
};
const key = generateTicketKey();
const signer = new TicketSigner(key, { clock });
const verifier = new TicketVerifier(signer.publicKeys());

describe('tickets', () => {
  it('come back with what was put in', async () => {
    const { ticket, claims: signed } = await signer.sign(claims, 300);
    expect(signed).toEqual({ ...claims, iat: nowMs / 1000, exp: nowMs / 1000 + 300 });
    expect(await verifier.verify(ticket, { nowMs })).toEqual({ ok: true, claims: signed, expired: false });
    const place = { edge: 'edge-2', boot: 'boot', region: 'us' };
    const elsewhere = await signer.sign({ ...claims, places: [place] }, 300);
    expect(await verifier.verify(elsewhere.ticket, { nowMs })).toMatchObject({ claims: { places: [place] } });
  });

  it('expire, with a grace for those who ask for it', async () => {
    const { ticket } = await signer.sign(claims, 300);
    const later = (seconds: number) => nowMs + seconds * 1000;
    expect(await verifier.verify(ticket, { nowMs: later(299) })).toMatchObject({ ok: true, expired: false });
    expect(await verifier.verify(ticket, { nowMs: later(300) })).toMatchObject({ reason: 'expired' });
    const grace = (seconds: number) =>
      verifier.verify(ticket, { nowMs: later(300 + seconds), graceSeconds: 900 });
    expect(await grace(899)).toMatchObject({ ok: true, expired: true });
    expect(await grace(900)).toMatchObject({ ok: false, reason: 'expired', claims: { sub: 'ada' } });
  });

  it('of the former key stay good after a rotation, of a stranger never are', async () => {
    const { ticket } = await signer.sign(claims, 300);
    const rotated = new TicketSigner(generateTicketKey(), { previous: createPublicKey(key), clock });
    expect(rotated.publicKeys().keys).toHaveLength(2);
    const both = new TicketVerifier(rotated.publicKeys());
    expect(await both.verify(ticket, { nowMs })).toMatchObject({ ok: true });
    const { ticket: newer } = await rotated.sign(claims, 300);
    expect(await both.verify(newer, { nowMs })).toMatchObject({ ok: true });
    expect(await verifier.verify(newer, { nowMs })).toMatchObject({ ok: false, reason: 'unknown_key' });
  });

  it('are refused when another key claims to be ours', async () => {
    const kid = signer.publicKeys().keys[0]!.kid;
    const header = { alg: 'EdDSA', kid, typ: TICKET_TYPE };
    const forged = await new SignJWT({ ...claims, exp: nowMs })
      .setProtectedHeader(header)
      .sign(generateTicketKey());
    expect(await verifier.verify(forged, { nowMs })).toMatchObject({ ok: false, reason: 'forged' });
  });

  it('are refused when the public key was used as an HMAC secret, or nothing at all', async () => {
    const published = signer.publicKeys().keys[0]!;
    const pem = createPublicKey(key).export({ type: 'spki', format: 'pem' }) as string;
    for (const secret of [pem, published.x, JSON.stringify(published)]) {
      const confused = await new SignJWT({ ...claims, exp: nowMs })
        .setProtectedHeader({ alg: 'HS256', kid: published.kid, typ: TICKET_TYPE })
        .sign(new TextEncoder().encode(secret));
      expect(await verifier.verify(confused, { nowMs })).toMatchObject({ ok: false, reason: 'forged' });
    }
    const none = new UnsecuredJWT({ ...claims, exp: nowMs }).encode();
    expect(await verifier.verify(none, { nowMs })).toMatchObject({ ok: false, reason: 'forged' });
  });

  it('need their type, and every claim', async () => {
    const kid = signer.publicKeys().keys[0]!.kid;
    const sign = (typ: string, payload: object) =>
      new SignJWT({ ...payload }).setProtectedHeader({ alg: 'EdDSA', kid, typ }).sign(key);
    const untyped = await sign('JWT', { ...claims, iat: 1, exp: nowMs });
    expect(await verifier.verify(untyped, { nowMs })).toMatchObject({ reason: 'malformed' });
    const { edge: _, ...partial } = claims;
    const lacking = await sign(TICKET_TYPE, { ...partial, iat: 1, exp: nowMs });
    expect(await verifier.verify(lacking, { nowMs })).toMatchObject({
      reason: 'malformed',
      detail: expect.stringContaining('edge'),
    });
  });

  it('can be told from access tokens, which are no tickets', async () => {
    const access = await mintAccessToken({
      keyId: 'k',
      secret: 's'.repeat(32),
      identity: 'ada',
      room: 'lobby',
    });
    const { ticket } = await signer.sign(claims, 300);
    expect([tokenKind(access), tokenKind(ticket), tokenKind('rubbish')]).toEqual([
      'access',
      'ticket',
      'access',
    ]);
    expect(await verifier.verify(access, { nowMs })).toMatchObject({ ok: false, reason: 'forged' });
  });

  it('never make the verifier throw, whatever the text', async () => {
    const { ticket } = await signer.sign(claims, 300);
    const texts = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.json().map((json) => `${Buffer.from(json).toString('base64url')}.e30.AAAA`),
      fc
        .tuple(fc.nat(ticket.length - 1), fc.string({ minLength: 1, maxLength: 1 }))
        .map(([at, character]) => {
          return `${ticket.slice(0, at)}${character}${ticket.slice(at + 1)}`;
        }),
    );
    await fc.assert(
      fc.asyncProperty(texts, async (text) => {
        const result = await verifier.verify(text, { nowMs });
        if (result.ok) expect(result.claims.sub).toBe('ada');
      }),
    );
  });
});

describe('ticket keys', () => {
  it('are read from PEM and JWK, and have the same id either way', () => {
    const pem = key.export({ type: 'pkcs8', format: 'pem' }) as string;
    const jwk = JSON.stringify(key.export({ format: 'jwk' }));
    const ids = [readTicketKey(pem), readTicketKey(jwk), readTicketKey(pem, 'public')].map(
      (read) => ticketPublicKey(read).kid,
    );
    expect(new Set(ids)).toEqual(new Set([signer.publicKeys().keys[0]!.kid]));
  });

  it('of another sort are refused with a hint', () => {
    const rsa = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
    const pem = rsa.export({ type: 'pkcs8', format: 'pem' }) as string;
    for (const text of [pem, 'rubbish', '{"kty":"OKP"}', '{', '']) {
      expect(() => readTicketKey(text)).toThrow(/Ed25519 private key as PEM or JWK; make one with/);
    }
    expect(() => new TicketSigner(createPublicKey(key))).toThrow(/private/);
    expect(() => new TicketVerifier({ keys: [] })).toThrow(/at least one/);
  });
});
