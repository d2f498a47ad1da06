import { encodeMedia } from '@partyline/protocol';
import { describe, expect, it } from 'vitest';
import { percentile, Reception } from './reception.ts';
import { syntheticFrame } from './synthetic-voice.ts';

const NOW_MS = 1_700_000_000_000;
const message = (topic: number, sequence: number, frames = 1): Uint8Array =>
  encodeMedia(
    { topic, sequence, ingressAtUs: 0, sentAtUs: 0 },
    Array.from({ length: frames }, (_, index) =>
      syntheticFrame(5, sequence + index, { level: 20, active: true }, NOW_MS - 7),
    ),
  );

const subscribed = (topic: number, sequence: number, skippedFrames = 0) =>
  ({ type: 'subscribed', topic, sequence, skippedFrames }) as const;

describe('a reception', () => {
  it('notes when each frame came and how old it was', () => {
    const reception = new Reception();
    reception.control(subscribed(3, 10), NOW_MS);
    reception.media(message(3, 11, 2), NOW_MS);
    expect(reception.frames.map(({ streamId, sequence, delayMs }) => [streamId, sequence, delayMs])).toEqual([
      [5, 11, 7],
      [5, 12, 7],
    ]);
  });

  it('finds messages that are missing or repeated by the numbers of the topic (rules 13 and 40)', () => {
    const reception = new Reception();
    reception.control(subscribed(3, 0xffff_fffe), NOW_MS);
    for (const sequence of [0xffff_ffff, 0, 3, 3]) reception.media(message(3, sequence), NOW_MS);
    expect(reception.missingMessages).toBe(2);
    expect(reception.repeatedMessages).toBe(1);
  });

  it('takes what a pause says it sent and did not arrive for missing, and what it left out for skipped', () => {
    const reception = new Reception();
    reception.control(subscribed(3, 0), NOW_MS);
    reception.media(message(3, 1), NOW_MS);
    reception.control({ type: 'paused', topic: 3, sequence: 2 }, NOW_MS);
    reception.control(subscribed(3, 40, 38), NOW_MS);
    reception.media(message(3, 41), NOW_MS);
    expect(reception.missingMessages).toBe(1);
    expect(reception.skippedFrames).toBe(38);
  });

  it('acknowledges only what is new', () => {
    const reception = new Reception();
    reception.control(subscribed(3, 8), NOW_MS);
    expect([...reception.dueAcknowledgements()]).toEqual([]);
    reception.media(message(3, 9), NOW_MS);
    expect([...reception.dueAcknowledgements()]).toEqual([{ topic: 3, sequence: 9 }]);
    expect([...reception.dueAcknowledgements()]).toEqual([]);
  });

  it('notices damaged payloads, undecodable messages and topics that were never announced', () => {
    const reception = new Reception();
    reception.control(subscribed(3, 0), NOW_MS);
    const damaged = message(3, 1);
    damaged.set([damaged.at(-1)! ^ 1], damaged.length - 1);
    reception.media(damaged, NOW_MS);
    reception.media(new Uint8Array([0x11, 0]), NOW_MS);
    reception.media(message(4, 1), NOW_MS);
    expect(reception.damagedFrames).toBe(1);
    expect(reception.undecodable).toBe(1);
    expect(reception.unannouncedMessages).toBe(1);
  });
});

describe('a percentile', () => {
  it('is the value that a share of the others lies below', () => {
    const values = Array.from({ length: 100 }, (_, index) => 99 - index);
    expect(percentile(values, 0.5)).toBe(50);
    expect(percentile(values, 0.99)).toBe(99);
    expect(percentile([], 0.5)).toBeNaN();
  });
});
