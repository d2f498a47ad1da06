import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeControl, MAX_CONTROL_BYTES, parseClientMessage, parseEdgeMessage } from './control.ts';
import { parseJoinReply } from './join.ts';

const detail = (raw: string): string => {
  const parsed = parseClientMessage(raw);
  return parsed.ok ? 'accepted' : `${parsed.fault}: ${parsed.detail}`;
};

describe('control messages', () => {
  it('rule 20: a valid message comes back with its type and fields', () => {
    const raw = encodeControl({ type: 'hello', version: 1, ticket: 'abc', client: 'test/1' });
    expect(parseClientMessage(raw)).toEqual({
      ok: true,
      message: { type: 'hello', version: 1, ticket: 'abc', client: 'test/1' },
    });
  });

  it('rule 21: says what is wrong, where, and what was expected', () => {
    expect(detail('nonsense')).toMatch(/^not_json/);
    expect(detail('[]')).toMatch(/^not_json: .*"type"/);
    expect(detail('{"type":"fly"}')).toMatch(/^unknown_type: .*"fly"/);
    expect(detail('{"type":"constructor"}')).toMatch(/^unknown_type/);
    expect(detail('{"type":"mute"}')).toBe('invalid: mute: muted must be true or false');
    expect(detail('{"type":"ack","topic":1,"sequence":-1}')).toMatch(
      /sequence must be a whole number from 0/,
    );
    expect(detail('{"type":"report","streams":[{"streamId":0}]}')).toMatch(/streams\[0\]\.streamId/);
    expect(detail(`{"type":"hello","x":"${'x'.repeat(MAX_CONTROL_BYTES)}"}`)).toMatch(/^too_large/);
  });

  it('rule 22: unknown fields are left out', () => {
    expect(parseClientMessage('{"type":"mute","muted":true,"colour":"red","__proto__":{"a":1}}')).toEqual({
      ok: true,
      message: { type: 'mute', muted: true },
    });
  });

  it('rule 26: data carries exactly one of text and bytes', () => {
    expect(detail('{"type":"data","id":1}')).toMatch(/exactly one/);
    expect(detail('{"type":"data","id":1,"text":"a","bytes":"AA=="}')).toMatch(/exactly one/);
    expect(detail('{"type":"data","id":1,"bytes":"A==="}')).toMatch(/data: bytes/);
    expect(detail('{"type":"data","id":1,"text":""}')).toBe('accepted');
  });

  it('rules 60 to 63: a move may come without a ticket, a handover without a frame', () => {
    const move = {
      type: 'move',
      withinMs: 15_000,
      ticket: 'abc',
      expiresAt: 1_800_000_000_000,
      edge: 'edge-2',
      url: 'wss://edge-2.example/v1/ws',
      fallbacks: [{ edge: 'edge-3', url: '/v1/ws' }],
    } as const;
    expect(parseEdgeMessage(encodeControl({ ...move, fallbacks: [...move.fallbacks] }))).toEqual({
      ok: true,
      message: move,
    });
    expect(parseEdgeMessage('{"type":"move","withinMs":0}')).toMatchObject({ ok: true });
    expect(parseEdgeMessage('{"type":"move"}')).toMatchObject({ ok: false, fault: 'invalid' });
    expect(detail('{"type":"handover"}')).toBe('accepted');
    expect(detail('{"type":"handover","last":65535}')).toBe('accepted');
    expect(detail('{"type":"handover","last":65536}')).toMatch(/handover: last/);
    expect(detail('{"type":"hello","version":1,"ticket":"abc","shadow":true}')).toBe('accepted');
    expect(detail('{"type":"hello","version":1,"ticket":"abc","shadow":1}')).toMatch(/hello: shadow/);
    // Each belongs to one side.
    expect(detail('{"type":"move","withinMs":0}')).toMatch(/^unknown_type/);
    expect(parseEdgeMessage('{"type":"handover"}')).toMatchObject({ ok: false, fault: 'unknown_type' });
  });

  it('rules 44 to 46: what came later is optional, bounded, and read by whoever knows it', () => {
    expect(detail('{"type":"ack","topic":1,"sequence":9}')).toBe('accepted');
    expect(parseClientMessage('{"type":"ack","topic":1,"sequence":9,"gaps":[[3,4],[7,7]]}')).toEqual({
      ok: true,
      message: {
        type: 'ack',
        topic: 1,
        sequence: 9,
        gaps: [
          [3, 4],
          [7, 7],
        ],
      },
    });
    expect(detail('{"type":"ack","topic":1,"sequence":9,"gaps":[[3]]}')).toMatch(
      /gaps\[0\] must be a list of two/,
    );
    expect(detail('{"type":"ack","topic":1,"sequence":9,"gaps":[[3,-1]]}')).toMatch(/gaps\[0\]\[1\]/);
    const many = (length: number, item: string): string => `[${Array.from({ length }, () => item).join()}]`;
    expect(detail(`{"type":"ack","topic":1,"sequence":9,"gaps":${many(33, '[1,1]')}}`)).toMatch(/at most 32/);
    const stream = { streamId: 7, received: 100, lost: 1, late: 0, jitterMs: 1.5 };
    const traced = { streamId: 7, sequence: 65_535, captureTimeMs: 1, sentAtUs: 2, arrivedMs: 1.8e12 };
    const reports = [
      { type: 'report', streams: [stream] },
      {
        type: 'report',
        streams: [{ ...stream, mouthToEarMs: 90, playoutMs: 60, heardMs: 2_000, concealedMs: 20 }],
        uplinkDropped: 3,
        joinMs: 80,
        traced: [traced, { ...traced, playedMs: 1.8e12 }],
      },
    ] as const;
    for (const report of reports) {
      const raw = JSON.stringify(report);
      expect(parseClientMessage(raw)).toEqual({ ok: true, message: JSON.parse(raw) });
    }
    const tooMany = many(17, JSON.stringify(traced));
    expect(detail(`{"type":"report","streams":[],"traced":${tooMany}}`)).toMatch(/traced must be .*16/);
    expect(detail('{"type":"report","streams":[],"joinMs":-1}')).toMatch(/joinMs/);
  });

  it('rule 44: the largest report fits a control message', () => {
    const longest = 599_999.123_456_789;
    const stream = {
      streamId: 0xffff_ffff,
      received: Number.MAX_SAFE_INTEGER,
      lost: Number.MAX_SAFE_INTEGER,
      late: Number.MAX_SAFE_INTEGER,
      jitterMs: 59_999.123_456_789,
      mouthToEarMs: longest,
      playoutMs: longest,
      heardMs: longest,
      concealedMs: longest,
    };
    const traced = {
      streamId: 0xffff_ffff,
      sequence: 0xffff,
      captureTimeMs: 0xffff_ffff,
      sentAtUs: 0xffff_ffff,
      arrivedMs: 1_800_000_000_000.123,
      playedMs: 1_800_000_000_000.123,
    };
    const report = encodeControl({
      type: 'report',
      streams: Array.from({ length: 64 }, () => stream),
      rttMs: longest,
      downlinkMs: longest,
      uplinkDropped: Number.MAX_SAFE_INTEGER,
      joinMs: longest,
      traced: Array.from({ length: 16 }, () => traced),
    });
    expect(report.length).toBeLessThan(MAX_CONTROL_BYTES);
    expect(detail(report)).toBe('accepted');
  });

  it('rule 21: parsing never throws, whatever the text', () => {
    const types = fc.constantFrom(
      'hello',
      'mute',
      'subscribe',
      'data',
      'ack',
      'ping',
      'report',
      'welcome',
      'handover',
      'move',
      'x',
    );
    const message = fc.oneof(
      fc.string(),
      fc.json(),
      fc
        .tuple(types, fc.dictionary(fc.string(), fc.jsonValue()))
        .map(([type, rest]) => JSON.stringify({ ...rest, type })),
    );
    fc.assert(
      fc.property(message, (raw) => {
        expect(typeof parseClientMessage(raw).ok).toBe('boolean');
        expect(typeof parseEdgeMessage(raw).ok).toBe('boolean');
      }),
      { numRuns: 1000 },
    );
  });

  it('a join reply with a wrong field is refused by the name of the field', () => {
    expect(parseJoinReply({ ticket: 7 })).toEqual({
      ok: false,
      detail: 'ticket must be a string of 1 to 8192 allowed characters',
    });
  });
});
