import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type VerifyWebhookOptions, verifyWebhook } from './verify-webhook.ts';
import { signWebhook } from './webhook-signature.ts';

const secret = 'the-new-secret-of-webhooks';
const oldSecret = 'the-old-secret-of-webhooks';
const NOW_SECONDS = 1_800_000_000;
const nowMs = NOW_SECONDS * 1_000;
const version = { incarnation: '1795467653000-Zk3d', counter: 4 };
const joined = {
  id: '1795467653206-Zk3d.4',
  type: 'participant_joined',
  at: nowMs,
  room: 'lobby',
  version,
  identity: 'ada',
  streamId: 3_668_082_561,
  name: 'Ada “the first”',
};

/** By another implementation than the one under test. */
const header = (body: string | Uint8Array, atSeconds: number | string = NOW_SECONDS, key = secret): string =>
  `t=${atSeconds},v1=${createHmac('sha256', key).update(`${atSeconds}.`).update(body).digest('hex')}`;
const verify = (value: unknown, more: Partial<VerifyWebhookOptions> = {}) => {
  const body = typeof value === 'string' ? value : JSON.stringify(value);
  return verifyWebhook({
    body,
    headers: { 'partyline-signature': header(body) },
    secrets: secret,
    nowMs,
    ...more,
  });
};

describe('a webhook', () => {
  it('is taken with the signature that a directory makes', async () => {
    const body = JSON.stringify(joined);
    const signed = await signWebhook(secret, body, NOW_SECONDS);
    expect(signed).toBe(header(body));
    const result = await verify(joined, { headers: { 'partyline-signature': signed } });
    expect(result).toEqual({ ok: true, event: joined });
  });

  it('is taken as text, as bytes, and with whatever headers a server has', async () => {
    const body = JSON.stringify(joined);
    const bytes = new TextEncoder().encode(body);
    const framed = Buffer.concat([Buffer.from('xx'), bytes]).subarray(2);
    for (const given of [body, bytes, framed, bytes.buffer]) {
      expect(await verify(joined, { body: given })).toMatchObject({ ok: true });
    }
    const value = header(body);
    for (const headers of [
      new Headers({ 'Partyline-Signature': value }),
      { 'Partyline-Signature': value },
      { 'partyline-signature': [value] },
    ]) {
      expect(await verify(joined, { headers })).toMatchObject({ ok: true });
    }
  });

  it('is told apart by its type', async () => {
    const result = await verify(joined);
    // Compiles only if the type leads to the fields.
    if (!result.ok || result.event.type !== 'participant_joined') throw new Error('not what was sent');
    expect(result.event.identity).toBe('ada');
    for (const event of [
      { ...joined, type: 'participant_left' },
      { id: 'a', type: 'room_started', at: nowMs, room: 'lobby', version },
      { id: 'b', type: 'room_ended', at: nowMs, room: 'lobby', version, reason: 'added later' },
      { id: 'c', type: 'edge_drained', at: nowMs, edge: 'edge-1', region: 'eu' },
    ]) {
      expect(await verify(event)).toEqual({ ok: true, event });
    }
  });

  it('of a type that is not known yet is passed on as it came', async () => {
    const sent = { id: 'a', type: 'recording_ready', at: nowMs, url: 'https://app.example/1' };
    expect(await verify(sent)).toEqual({ ok: true, event: { type: 'unknown', id: 'a', at: nowMs, sent } });
    expect(await verify({ ...sent, type: 'toString' })).toMatchObject({ event: { type: 'unknown' } });
  });

  it('is taken with either secret while it is changed, and with no other', async () => {
    const body = JSON.stringify(joined);
    const headers = { 'partyline-signature': header(body, NOW_SECONDS, oldSecret) };
    expect(await verify(joined, { headers })).toMatchObject({ ok: false, fault: 'forged' });
    for (const secrets of [
      [secret, oldSecret],
      [oldSecret, secret],
    ]) {
      expect(await verify(joined, { headers, secrets })).toMatchObject({ ok: true });
    }
    const both = `${header(body, NOW_SECONDS, oldSecret)},${header(body).split(',')[1]}`;
    expect(await verify(joined, { headers: { 'partyline-signature': both } })).toMatchObject({ ok: true });
  });

  it('is refused when it is sent again later, or comes from the future', async () => {
    const at = (seconds: number, more = {}) => verify(joined, { nowMs: nowMs + seconds * 1_000, ...more });
    for (const seconds of [-300, 0, 300]) expect(await at(seconds)).toMatchObject({ ok: true });
    for (const seconds of [-301, 301]) expect(await at(seconds)).toMatchObject({ fault: 'stale' });
    expect(await at(31, { toleranceSeconds: 30 })).toMatchObject({
      fault: 'stale',
      detail: expect.stringContaining('31 s ago'),
    });
  });

  it('is refused with one bit of body, time or signature changed', async () => {
    const body = JSON.stringify(joined);
    const good = header(body);
    const flip = (text: string, at: number): string =>
      text.slice(0, at) + String.fromCharCode(text.charCodeAt(at) ^ 1) + text.slice(at + 1);
    for (let at = 0; at < body.length; at += 1) {
      expect(await verify(joined, { body: flip(body, at) })).toMatchObject({ ok: false, fault: 'forged' });
    }
    for (let at = 0; at < good.length; at += 1) {
      const headers = { 'partyline-signature': flip(good, at) };
      expect((await verify(joined, { headers })).ok, `${at}`).toBe(false);
    }
  });

  it.each([
    '',
    't=1800000000',
    'v1=00',
    't=soon,v1=00',
    `t=1800000000,v1=${'g'.repeat(64)}`,
    'x'.repeat(2_000),
  ])('is refused with the header %j', async (value) => {
    const result = await verify(joined, { headers: { 'partyline-signature': value } });
    expect(result).toMatchObject({ ok: false, fault: 'no_signature' });
  });

  it('is refused without the header', async () => {
    for (const headers of [{}, new Headers(), { 'partyline-signature': undefined }]) {
      expect(await verify(joined, { headers })).toMatchObject({ fault: 'no_signature' });
    }
  });

  it.each([
    'no json',
    '[]',
    'null',
    '{}',
    JSON.stringify({ ...joined, identity: 7 }),
    JSON.stringify({ ...joined, version: { counter: 1 } }),
    'x'.repeat(70_000),
  ])('that is signed but no event is malformed: %.40s', async (body) => {
    expect(await verify(body)).toMatchObject({ ok: false, fault: 'malformed' });
  });

  it('never makes the check throw, whatever came', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.string({ unit: 'binary' }),
        fc.uint8Array(),
        fc.boolean(),
        async (text, body, signed) => {
          const headers = { 'partyline-signature': signed ? header(body) : text };
          expect((await verifyWebhook({ body, headers, secrets: secret, nowMs })).ok).toBe(false);
        },
      ),
    );
  });

  it('cannot be checked with no secret or a guessable one, or once the body was parsed', async () => {
    for (const secrets of ['', 'short', [], [secret, ''], Array(5).fill(secret)]) {
      await expect(verify(joined, { secrets })).rejects.toMatchObject({ name: 'BackendError' });
    }
    await expect(verify(joined, { body: joined as never })).rejects.toThrow(/not parsed yet/);
    await expect(verify(joined, { toleranceSeconds: Number.NaN })).rejects.toThrow(/toleranceSeconds/);
    await expect(signWebhook('short', '', 0)).rejects.toThrow(/16 bytes/);
  });
});
