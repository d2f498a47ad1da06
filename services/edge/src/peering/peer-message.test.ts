import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PartAssembly, pagesOf, type WholePart } from './part.ts';
import { PeerClock } from './peer-clock.ts';
import {
  encodePeerMessage,
  type PeerContent,
  type PeerParticipant,
  parsePeerMessage,
} from './peer-message.ts';

const from = { edge: 'edge-1', boot: '0123-abc', region: 'eu' };
const participant = (streamId: number, metadata?: string): PeerParticipant => ({
  streamId,
  generation: 2,
  identity: `id-${streamId}`,
  name: 'Ada',
  ...(metadata === undefined ? {} : { metadata }),
  publisher: true,
  muted: false,
  moderated: true,
  reconnecting: false,
  selection: 'pinned',
});
const whole = (participants: PeerParticipant[]): WholePart => ({
  room: 'room' as WholePart['room'],
  version: 7,
  listeners: 3,
  interested: true,
  channel: false,
  wanted: [5],
  participants,
  sessions: [{ streamId: 9, generation: 1 }],
  left: [{ streamId: 4 }],
});

const contents: PeerContent[] = [
  ...pagesOf(whole([participant(1)]), { ack: '1' }),
  { type: 'change', room: 'room' as never, version: 8, left: [{ streamId: 1, moved: true }], wanted: [] },
  { type: 'digest', t0: 1.5, rooms: [{ room: 'room' as never, version: 8, seen: 0 }] },
  { type: 'digestAnswer', t0: 1.5, t1: 2, t2: 3, unknown: ['room' as never] },
  { type: 'ask', room: 'room' as never },
  { type: 'gone', room: 'room' as never },
  { type: 'gone' },
  {
    type: 'data',
    room: 'room' as never,
    id: '1',
    data: { type: 'data', id: 1, text: 'hi', from: 'ada', streamId: 1, direct: false },
    to: ['bob'],
  },
  { type: 'dataDelivered', id: '1', recipients: 2 },
];

describe('messages between edges (rule 90)', () => {
  it.each(contents)('are read as they were written: $type', (content) => {
    const parsed = parsePeerMessage(encodePeerMessage(from, content)!);
    expect(parsed).toEqual({ ok: true, message: { from, content } });
  });

  it('never make the reader throw, whatever is changed in them', () => {
    const samples = contents.map((content) => encodePeerMessage(from, content)!);
    fc.assert(
      fc.property(
        fc.constantFrom(...samples),
        fc.nat(),
        fc.uint8Array({ maxLength: 6 }),
        (sample, at, noise) => {
          const bytes = Uint8Array.from(sample);
          bytes.set(noise.subarray(0, Math.max(0, bytes.length - (at % bytes.length))), at % bytes.length);
          expect(typeof parsePeerMessage(bytes).ok).toBe('boolean');
        },
      ),
    );
    fc.assert(
      fc.property(fc.json(), (json) => {
        expect(parsePeerMessage(new TextEncoder().encode(json)).ok).toBe(false);
      }),
    );
  });

  it('ignore fields that a newer edge added, and refuse what breaks the rules', () => {
    const read = (fields: object) =>
      parsePeerMessage(new TextEncoder().encode(JSON.stringify({ v: 1, from, ...fields })));
    expect(read({ type: 'ask', room: 'room', colour: 'blue' })).toMatchObject({ ok: true });
    expect(read({ type: 'ask', room: 'a room' })).toEqual({ ok: false, fault: 'malformed' });
    expect(read({ type: 'gone', from: { ...from, boot: 'with:colon' } })).toEqual({
      ok: false,
      fault: 'malformed',
    });
    expect(read({ type: 'dance' })).toEqual({ ok: false, fault: 'unknown_type' });
    expect(read({ type: 'ask', room: 'room', v: 2 })).toEqual({
      ok: false,
      fault: 'unknown_version',
      version: 2,
    });
  });
});

describe('pages of a part (rule 91)', () => {
  it('hold together what they were cut from, fit the bus, and may come in any order', () => {
    const participants = Array.from({ length: 900 }, (_, i) => participant(i + 1, '\u0001'.repeat(i * 2)));
    const pages = pagesOf(whole(participants));
    expect(pages.length).toBeGreaterThan(5);
    for (const page of pages) expect(encodePeerMessage(from, page)).toBeDefined();
    const assembly = new PartAssembly(pages[0]!);
    const reversed = [...pages].reverse();
    expect(reversed.slice(1).map((page) => assembly.add(page))).toEqual(pages.slice(1).map(() => undefined));
    expect(assembly.add(pages.at(-1)!)).toMatchObject({
      version: 7,
      participants,
      sessions: [{ streamId: 9 }],
    });
  });
});

describe('the clock of a peer (rule 95)', () => {
  it('is taken from the exchange with the smallest round trip', () => {
    const clock = new PeerClock();
    expect(clock.offsetMs).toBeUndefined();
    clock.take(1_000, 6_200, 6_200, 1_300);
    clock.take(2_000, 7_010, 7_011, 2_021);
    clock.take(3_000, 8_150, 8_150, 3_160);
    expect(clock.offsetMs).toBe(5_000);
    expect(clock.roundTripMs).toBe(20);
    for (let i = 0; i < 32; i++) clock.take(4_000, 3_900, 3_900, 4_100);
    expect(clock.offsetMs).toBe(-150);
  });

  it('is not taken from times that cannot be', () => {
    const clock = new PeerClock();
    expect(clock.take(1_000, 1_000, 900, 1_000)).toBe(false);
    expect(clock.take(1_000, 1_000, 1_500, 1_100)).toBe(false);
    expect(clock.offsetMs).toBeUndefined();
  });
});
