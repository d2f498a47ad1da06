import { describe, expect, it } from 'vitest';
import { clientFrame, OPCODE_BINARY, walkFrames } from './web-socket-frames.ts';

const serverFrame = (payload: Buffer): Buffer => {
  if (payload.length < 126) return Buffer.concat([Buffer.from([0x82, payload.length]), payload]);
  const header = Buffer.from([0x82, 126, 0, 0]);
  header.writeUInt16BE(payload.length, 2);
  return Buffer.concat([header, payload]);
};

const payloads = [0, 1, 116, 125, 126, 300].map((length) => Buffer.alloc(length, length & 0xff));
const stream = Buffer.concat(payloads.map(serverFrame));

describe('walking WebSocket frames', () => {
  it('finds every frame, wherever the stream is cut', () => {
    for (let cut = 0; cut <= stream.length; cut += 1) {
      const found: string[] = [];
      const sink = {
        frame: (opcode: number, bytes: Buffer, start: number, end: number): void => {
          found.push(`${opcode} ${bytes.toString('hex', start, end)}`);
        },
      };
      const taken = walkFrames(stream, cut, sink);
      const rest = stream.subarray(taken);
      expect(walkFrames(rest, rest.length, sink)).toBe(rest.length);
      expect(found).toEqual(payloads.map((payload) => `${OPCODE_BINARY} ${payload.toString('hex')}`));
    }
  });

  it('a client frame is masked with zeros, so its payload stands in it as it is', () => {
    const payload = Buffer.alloc(116, 7);
    const frame = clientFrame(OPCODE_BINARY, payload);
    expect([...frame.subarray(0, 6)]).toEqual([0x82, 0x80 | 116, 0, 0, 0, 0]);
    expect(frame.subarray(6)).toEqual(payload);
    expect(clientFrame(OPCODE_BINARY, Buffer.alloc(200)).readUInt16BE(2)).toBe(200);
  });
});
