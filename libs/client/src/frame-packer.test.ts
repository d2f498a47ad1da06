import { FLAG_FEC, FLAG_PRE_ROLL } from '@partyline/protocol';
import { beforeEach, describe, expect, it } from 'vitest';
import { FramePacker } from './frame-packer.ts';
import { joinOpusPackets } from './opus-packet.ts';
import type { OutgoingFrame } from './room-types.ts';

const frame = (at: number, more: Partial<OutgoingFrame> = {}): OutgoingFrame => ({
  payload: Uint8Array.of(0x08, at),
  capturedAtMs: 20 * at,
  durationMs: 20,
  levelDbov: 30 + at,
  active: at === 1,
  flags: FLAG_FEC,
  spurtEnd: false,
  ...more,
});

describe('FramePacker', () => {
  let given: OutgoingFrame[];
  let packer: FramePacker;
  beforeEach(() => {
    given = [];
    packer = new FramePacker((one) => given.push(one));
    packer.minFrameMs = 60;
  });
  const durations = (): number[] => given.map(({ durationMs }) => durationMs);

  it('makes one frame of three, with the time of the first, the loudest level and any activity', () => {
    for (let at = 0; at < 6; at += 1) packer.push(frame(at));
    expect(given).toHaveLength(2);
    expect(given[0]).toMatchObject({
      capturedAtMs: 0,
      durationMs: 60,
      levelDbov: 30,
      active: true,
      flags: FLAG_FEC,
    });
    expect(given[1]).toMatchObject({ capturedAtMs: 60, durationMs: 60, levelDbov: 33, active: false });
  });

  it('gives each frame at once while none is to be longer', () => {
    packer.minFrameMs = 0;
    packer.push(frame(0));
    expect(durations()).toEqual([20]);
  });

  it('holds nothing back over the end of a talk spurt, a gap in time, or other flags', () => {
    packer.push(frame(0, { spurtEnd: true }));
    expect(given[0]).toMatchObject({ durationMs: 20, spurtEnd: true });
    packer.push(frame(10));
    packer.push(frame(20));
    expect(given[1]).toMatchObject({ capturedAtMs: 200, durationMs: 20 });
    packer.push(frame(21, { flags: FLAG_FEC | FLAG_PRE_ROLL }));
    expect(given[2]).toMatchObject({ capturedAtMs: 400, durationMs: 20 });
    packer.flush();
    expect(durations()).toEqual([20, 20, 20, 20]);
  });

  it('leaves frames apart that cannot be one packet', () => {
    packer.push(frame(0));
    packer.push(frame(1));
    packer.push(frame(2, { payload: Uint8Array.of(0x48, 1) }));
    packer.push(frame(3));
    packer.flush();
    expect(durations()).toEqual([40, 20, 20]);
  });
});

describe('joinOpusPackets', () => {
  it('writes lengths of one and of two bytes (RFC 6716, 3.2.1 and 3.2.5)', () => {
    const long = new Uint8Array(301).fill(7);
    long[0] = 0x08;
    const joined = joinOpusPackets([Uint8Array.of(0x08, 1, 2), long, Uint8Array.of(0x08, 3)])!;
    expect([...joined.subarray(0, 7)]).toEqual([0x0b, 0x83, 2, 252, 12, 1, 2]);
    expect(joined.length).toBe(2 + 1 + 2 + 2 + 300 + 1);
    expect(joined.at(-1)).toBe(3);
  });

  it('refuses packets that hold several frames already, and ones of different kinds', () => {
    expect(joinOpusPackets([Uint8Array.of(0x0b, 0x82), Uint8Array.of(0x0b, 0x82)])).toBeUndefined();
    expect(joinOpusPackets([Uint8Array.of(0x08), Uint8Array.of(0x18)])).toBeUndefined();
    expect(joinOpusPackets([])).toBeUndefined();
  });
});
