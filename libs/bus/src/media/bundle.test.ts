import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  BUNDLE_HEADER_BYTES,
  type BundleFault,
  bundleFrames,
  bundleFramesSoFar,
  bundleIsFrom,
  bundleIsHeartbeat,
  bundleLink,
  bundleSentAtUs,
  bundleSequence,
  bundleSource,
  checkBundle,
  sectionEnd,
  sectionFrames,
  sectionFramesStart,
  sectionIngressAtUs,
  sectionNameStart,
  sourceBytes,
  sourceOf,
} from './bundle.ts';
import { BundleBuffers, BundleBuilder } from './bundle-builder.ts';
import { BOOT, frameOf, fromHex, name, SOURCE, toHex } from './media-fixture.ts';

/** Two rooms, three frames: rule 71's header, then rule 73's sections. */
const HEADER = `12 00 0003 00000005 00000007 0000000a 499602d2 0a1b2c3d4e5f4a7b`;
const LOBBY = `05 02 0027 000003e8 6c6f626279
  0003 0401 0000 0001 00000009 00000000 010101
  0004 0001 0000 0002 00000009 00000000 02020202`;
const STAGE = `05 01 0011 000186a0 7374616765 0001 0001 0000 0003 0000000a 00000000 03`;
const HEARTBEAT = `13 00 0000 00000005 00000008 0000000a 499602d3 0a1b2c3d4e5f4a7b`;
const golden = fromHex(HEADER + LOBBY + STAGE);

interface Section {
  room: string;
  ingressAtUs: number;
  frames: Uint8Array[];
}

const sectionsOf = (b: Uint8Array): { room: string; ingressAtUs: number; frames: number; hex: string }[] => {
  const sections = [];
  for (let o = BUNDLE_HEADER_BYTES; o < b.length; o = sectionEnd(b, o)) {
    const start = sectionFramesStart(b, o);
    sections.push({
      room: Buffer.from(b.subarray(sectionNameStart(o), start)).toString(),
      ingressAtUs: sectionIngressAtUs(b, o),
      frames: sectionFrames(b, o),
      hex: toHex(b.subarray(start, sectionEnd(b, o))),
    });
  }
  return sections;
};

const build = (sections: readonly Section[]): Uint8Array => {
  const builder = new BundleBuilder(new BundleBuffers());
  for (const { room, ingressAtUs, frames } of sections) {
    const bytes = name(room);
    for (const frame of frames) builder.append(bytes, frame, 0, frame.length, frame[2]!, ingressAtUs / 1000);
  }
  return Uint8Array.from(builder.seal(sourceBytes(SOURCE), 5, 7, 10, 1_234_567_890));
};

describe('bundle', () => {
  it('rules 71 to 74: reads the golden bytes', () => {
    expect(checkBundle(golden)).toBe(3);
    expect(bundleIsHeartbeat(golden)).toBe(false);
    expect(bundleFrames(golden)).toBe(3);
    expect(bundleLink(golden)).toBe(5);
    expect(bundleSequence(golden)).toBe(7);
    expect(bundleFramesSoFar(golden)).toBe(10);
    expect(bundleSentAtUs(golden)).toBe(1_234_567_890);
    expect(bundleSource(golden)).toBe(SOURCE);
    expect(sectionsOf(golden)).toMatchObject([
      { room: 'lobby', ingressAtUs: 1_000, frames: 2 },
      { room: 'stage', ingressAtUs: 100_000, frames: 1 },
    ]);
    expect(checkBundle(fromHex(HEARTBEAT))).toBe(0);
    expect(bundleIsHeartbeat(fromHex(HEARTBEAT))).toBe(true);
  });

  it('rules 71 to 74: writes the golden bytes, with only the mutable flags set anew', () => {
    const first = frameOf(9, 1);
    first[2] = 0x04;
    const lobby = { room: 'lobby', ingressAtUs: 1_000, frames: [first, frameOf(9, 2, 4)] };
    const stage = { room: 'stage', ingressAtUs: 100_000, frames: [frameOf(10, 3, 1)] };
    expect(toHex(build([lobby, stage]))).toBe(toHex(golden));
  });

  it('rule 70: a source is the first 16 digits of a boot', () => {
    expect(sourceOf(BOOT)).toBe(SOURCE);
    expect(bundleIsFrom(golden, sourceBytes(SOURCE))).toBe(true);
    expect(bundleIsFrom(golden, sourceBytes('0a1b2c3d4e5f4a7c'))).toBe(false);
    expect(() => sourceOf('edge-1')).toThrow(/16 hexadecimal digits/);
  });

  const faults: [BundleFault, string][] = [
    ['too_short', ''],
    ['too_short', HEADER.slice(0, 40)],
    ['unknown_version', `22${HEADER.slice(2)}${LOBBY}${STAGE}`],
    ['unknown_type', `11${HEADER.slice(2)}${LOBBY}${STAGE}`],
    ['no_frames', HEADER.replace('0003', '0000')],
    ['wrong_count', HEADER + LOBBY],
    ['wrong_count', `13${HEADER.slice(2)}${LOBBY}${STAGE}`],
    ['wrong_count', HEADER + LOBBY.replace('05 02', '05 03') + STAGE],
    ['no_frames', `${HEADER}${LOBBY}05 01 0000 000186a0 7374616765`],
    ['bad_room_name', HEADER + LOBBY + STAGE.replace('7374', '2e74')],
    ['bad_room_name', HEADER + LOBBY + STAGE.replace('616765', '612065')],
    ['truncated_section', HEADER + LOBBY + STAGE.slice(0, -2)],
    ['truncated_section', `${HEADER}${LOBBY}${STAGE} 00`],
    ['truncated_frame', HEADER + LOBBY.replace('0003 04', '0013 04') + STAGE],
    ['truncated_frame', HEADER + LOBBY + STAGE.replace('0001 0001', '0002 0001')],
    ['payload_too_large', HEADER + LOBBY.replace('0003 04', '05dd 04') + STAGE],
    ['zero_stream', HEADER + LOBBY + STAGE.replace('0000000a', '00000000')],
  ];
  it.each(faults)('rule 75: refuses a malformed bundle as a whole: %s %#', (fault, hex) => {
    expect(checkBundle(fromHex(hex))).toBe(fault);
  });

  it('rule 75: refuses what is longer than 64 KiB, and names longer than 64 bytes', () => {
    const large = new Uint8Array(65_537);
    large.set(golden);
    expect(checkBundle(large)).toBe('too_large');
    const long = `${HEADER}41 03 0000 00000000 ${'61'.repeat(65)}`;
    expect(checkBundle(fromHex(long))).toBe('bad_room_name');
    expect(checkBundle(fromHex(`${HEADER}00 03 0000 00000000`))).toBe('bad_room_name');
  });

  it('rule 75: a bundle cut anywhere is refused', () => {
    for (let length = 0; length < golden.length; length += 1) {
      expect(typeof checkBundle(golden.subarray(0, length)), `cut at ${length}`).toBe('string');
    }
  });

  it('rule 75: checking never throws, and what it lets pass can be read to its end', () => {
    const plausible = fc
      .tuple(fc.integer({ min: 0, max: golden.length - 1 }), fc.integer({ min: 0, max: 255 }))
      .map(([at, value]) => {
        const bytes = golden.slice();
        bytes[at] = value;
        return bytes;
      });
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 200 }), plausible), (bytes) => {
        const checked = checkBundle(bytes);
        if (typeof checked === 'string') return;
        const sections = sectionsOf(bytes);
        expect(sections.reduce((sum, { frames }) => sum + frames, 0)).toBe(checked);
      }),
      { numRuns: 3_000 },
    );
  });

  it('rules 71 to 74: what is built comes back, in order and unchanged', () => {
    const section = fc.record({
      room: fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/),
      ingressAtUs: fc.nat(4_000).map((ms) => ms * 1_000),
      frames: fc.array(
        fc
          .tuple(fc.integer({ min: 1, max: 0xffff_ffff }), fc.nat(65_535), fc.nat(200))
          .map(([stream, sequence, bytes]) => frameOf(stream, sequence, bytes)),
        { minLength: 1, maxLength: 4 },
      ),
    });
    fc.assert(
      fc.property(fc.array(section, { minLength: 1, maxLength: 10 }), (sections) => {
        const bundle = build(sections);
        expect(checkBundle(bundle)).toBe(sections.reduce((sum, { frames }) => sum + frames.length, 0));
        const expected = sections.map(({ room, ingressAtUs, frames }) => ({
          room,
          ingressAtUs,
          frames: frames.length,
          hex: frames.map(toHex).join(''),
        }));
        expect(sectionsOf(bundle)).toEqual(expected);
      }),
    );
  });
});

describe('bundle under construction', () => {
  const room = name('room');
  const append = (builder: BundleBuilder, sequence: number, payloadBytes: number, atMs = 0): void => {
    const frame = frameOf(1, sequence, payloadBytes);
    builder.append(room, frame, 0, frame.length, 0, atMs);
  };
  const sealed = (builder: BundleBuilder): Uint8Array => builder.seal(sourceBytes(SOURCE), 0, 0, 0, 0);
  const sequencesIn = (bundle: Uint8Array): number[] =>
    sectionsOf(bundle).flatMap(({ hex }) => {
      const bytes = fromHex(hex);
      const found = [];
      for (let o = 0; o < bytes.length; o += 16 + ((bytes[o]! << 8) | bytes[o + 1]!)) {
        found.push((bytes[o + 6]! << 8) | bytes[o + 7]!);
      }
      return found;
    });

  it('frames of one room share a section while they are near in time, up to 255', () => {
    const builder = new BundleBuilder(new BundleBuffers());
    for (let i = 0; i < 300; i += 1) append(builder, i, 10);
    append(builder, 300, 10, 15);
    append(builder, 301, 10, 21);
    append(builder, 302, 10, 1);
    expect(sectionsOf(sealed(builder)).map(({ frames }) => frames)).toEqual([255, 46, 1, 1]);
    expect(checkBundle(sealed(builder))).toBe(303);
  });

  it('makes room by dropping the oldest frames, be they one section or many', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ bytes: fc.integer({ min: 0, max: 1_400 }), gapMs: fc.constantFrom(0, 0, 30) }), {
          minLength: 60,
          maxLength: 300,
        }),
        (frames) => {
          const builder = new BundleBuilder(new BundleBuffers());
          let atMs = 0;
          let dropped = 0;
          for (const [i, { bytes, gapMs }] of frames.entries()) {
            atMs += gapMs;
            if (!builder.fits(room, bytes + 16)) {
              const made = builder.makeRoom(bytes + 16 + room.length + 8);
              expect(made).toBeGreaterThan(0);
              expect(builder.fits(room, bytes + 16)).toBe(true);
              dropped += made;
            }
            append(builder, i, bytes, atMs);
          }
          const bundle = sealed(builder);
          expect(checkBundle(bundle)).toBe(frames.length - dropped);
          expect(sequencesIn(bundle)).toEqual(
            Array.from({ length: frames.length - dropped }, (_, i) => dropped + i),
          );
        },
      ),
      { numRuns: 60 },
    );
  });

  it('drops what is old, and goes on in what stays', () => {
    const builder = new BundleBuilder(new BundleBuffers());
    append(builder, 0, 10, 0);
    append(builder, 1, 10, 100);
    append(builder, 2, 10, 200);
    expect(builder.dropOlderThan(300, 401)).toBe(2);
    append(builder, 3, 10, 210);
    expect(sequencesIn(sealed(builder))).toEqual([2, 3]);
    expect(sectionsOf(sealed(builder)).map(({ frames }) => frames)).toEqual([2]);
    expect(builder.dropOlderThan(300, 1_000)).toBe(2);
    expect([builder.frames, builder.length]).toEqual([0, BUNDLE_HEADER_BYTES]);
  });

  it('lends buffers only while frames wait', () => {
    const buffers = new BundleBuffers();
    const first = new BundleBuilder(buffers);
    append(first, 0, 10);
    const { buffer } = sealed(first);
    first.clear();
    const second = new BundleBuilder(buffers);
    append(second, 1, 10);
    expect(sealed(second).buffer).toBe(buffer);
  });
});
