import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ReplyReader } from './reply-reader.ts';

const read = (pieces: readonly Uint8Array[]): unknown[] => {
  const replies: unknown[] = [];
  const reader = new ReplyReader((value, refusal) => replies.push(refusal ?? value));
  for (const piece of pieces) reader.read(piece, piece.length);
  return replies;
};

describe('replies to publications', () => {
  it('are numbers, statuses and errors, in whatever pieces they come', () => {
    const text = ':0\r\n:12345\r\n+OK\r\n-MOVED 1 a:2\r\n:7\r\n-ERR no\r\n+PONG\r\n:1\r\n';
    const bytes = Buffer.from(text);
    fc.assert(
      fc.property(fc.array(fc.nat(bytes.length)), (cuts) => {
        const edges = [0, ...cuts.sort((a, b) => a - b), bytes.length];
        const pieces = edges.slice(1).map((end, i) => bytes.subarray(edges[i], end));
        expect(read(pieces)).toEqual([0, 12345, 0, 'MOVED 1 a:2', 7, 'ERR no', 0, 1]);
      }),
    );
  });

  it('reads no further than what came, for the memory is used again', () => {
    const replies: number[] = [];
    new ReplyReader((value) => replies.push(value)).read(Buffer.from(':1\r\n:2\r\n'), 4);
    expect(replies).toEqual([1]);
  });

  it('keeps no more than a sentence of an error', () => {
    expect(read([Buffer.from(`-${'x'.repeat(10_000)}\r\n`)])).toEqual(['x'.repeat(512)]);
  });

  it.each(['$5\r\nhello\r\n', '*0\r\n', ':-1\r\n', '\r\n', 'HTTP/1.1 400'])('refuses %j', (text) => {
    expect(() => read([Buffer.from(text)])).toThrow(/unknown form/);
  });
});
