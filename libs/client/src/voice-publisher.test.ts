import { FLAG_PRE_ROLL } from '@partyline/protocol';
import { beforeEach, describe, expect, it } from 'vitest';
import type { OutgoingFrame, Room } from './room-types.ts';
import { VoicePublisher, type VoicePublisherOptions } from './voice-publisher.ts';

const tone = (amplitude: number): Float32Array =>
  Float32Array.from({ length: 960 }, (_, i) => Math.sin(i / 15) * amplitude);

describe('VoicePublisher', () => {
  let sent: OutgoingFrame[];
  let atMs: number;
  const open = (options: VoicePublisherOptions = {}): Promise<VoicePublisher> => {
    const room = { publishFrame: (frame: OutgoingFrame) => sent.push(frame) > 0 } as unknown as Room;
    return VoicePublisher.open(room, { engine: 'wasm', ...options });
  };
  const say = (publisher: VoicePublisher, amplitude: number, frames: number): void => {
    for (let i = 0; i < frames; i += 1) {
      publisher.push(tone(amplitude), atMs);
      atMs += 20;
    }
  };
  beforeEach(() => {
    sent = [];
    atMs = 1_000;
  });

  it('sends every frame with its level, activity and capture time', async () => {
    const publisher = await open();
    say(publisher, 0, 50);
    say(publisher, 0.2, 10);
    expect(sent).toHaveLength(60);
    expect(sent[0]).toMatchObject({ capturedAtMs: 1_000, durationMs: 20, levelDbov: 127, active: false });
    expect(sent[59]).toMatchObject({ capturedAtMs: 2_180, levelDbov: 17, active: true });
    publisher.close();
    say(publisher, 0.2, 1);
    expect(sent).toHaveLength(60);
  });

  it('is silent in silence when asked to be, and keeps what came right before a spurt', async () => {
    const publisher = await open({ dtx: true });
    say(publisher, 0, 50);
    expect(sent).toHaveLength(0);
    say(publisher, 0.2, 20);
    const lead = sent.filter(({ flags = 0 }) => (flags & FLAG_PRE_ROLL) !== 0);
    expect(lead.map(({ capturedAtMs }) => capturedAtMs)).toEqual([1_960, 1_980]);
    expect(sent).toHaveLength(22);
    const untilQuiet = sent.length;
    say(publisher, 0, 150);
    // The hang-over of the activity and the tail: between 1 s and 2 s.
    expect(sent.length - untilQuiet).toBeGreaterThan(50);
    expect(sent.length - untilQuiet).toBeLessThan(100);
    expect(sent.map(({ spurtEnd }) => spurtEnd === true).lastIndexOf(true)).toBe(sent.length - 1);
    expect(sent.filter(({ spurtEnd }) => spurtEnd === true)).toHaveLength(1);
  });

  it('ends the spurt when transmission is switched off, and tells levels meanwhile', async () => {
    const levels: number[] = [];
    const publisher = await open({ onLevel: (levelDbov) => levels.push(levelDbov) });
    say(publisher, 0.2, 5);
    publisher.transmitting = false;
    say(publisher, 0.2, 5);
    expect(sent.map(({ spurtEnd }) => spurtEnd === true)).toEqual([false, false, false, false, false, true]);
    expect(levels).toHaveLength(10);
    publisher.transmitting = true;
    say(publisher, 0.2, 1);
    expect(sent).toHaveLength(7);
  });

  it('refuses a bit rate that Opus does not have', async () => {
    await expect(open({ bitrate: 10 })).rejects.toMatchObject({ code: 'invalid_option' });
  });
});
