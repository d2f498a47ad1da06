import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Acknowledgements } from './acknowledgements.ts';
import { systemTimers } from './timers.ts';

const TOPIC = 7;

describe('acknowledgements (rule 41)', () => {
  let sent: number[];
  let acks: Acknowledgements;
  let sequence: number;

  beforeEach(() => {
    vi.useFakeTimers();
    sent = [];
    sequence = 0;
    const time = { ...systemTimers, now: () => Date.now() };
    acks = new Acknowledgements(
      time,
      200,
      (message) => sent.push(message.sequence),
      () => {},
    );
    acks.subscribed({ type: 'subscribed', topic: TOPIC, sequence: 0, skippedFrames: 0 });
  });
  afterEach(() => {
    acks.close();
    vi.useRealTimers();
  });

  const receive = (): void => {
    sequence += 1;
    acks.received(TOPIC, sequence);
  };
  /** A message every 20 ms. */
  const steadily = (durationMs: number): void => {
    for (let ms = 0; ms < durationMs; ms += 20) {
      vi.advanceTimersByTime(20);
      receive();
    }
  };
  /** Nothing for a while, then all of it. */
  const heldUp = (durationMs: number): void => {
    vi.advanceTimersByTime(durationMs);
    for (let ms = 0; ms < durationMs; ms += 20) receive();
  };
  const countDuring = (act: () => void): number => {
    const before = sent.length;
    act();
    return sent.length - before;
  };

  it('go out every 200 ms while media comes steadily, also after a pause in it', () => {
    steadily(1_000);
    expect(countDuring(() => steadily(2_000))).toBe(10);
    vi.advanceTimersByTime(3_000);
    receive();
    expect(countDuring(() => steadily(2_000))).toBeLessThanOrEqual(11);
    expect(sent.at(-1)).toBeGreaterThan(240);
  });

  it('go out twice as often for ten seconds after messages were held up', () => {
    steadily(1_000);
    heldUp(120);
    expect(countDuring(() => steadily(8_000))).toBeGreaterThanOrEqual(79);
    steadily(2_000);
    expect(countDuring(() => steadily(2_000))).toBe(10);
  });
});
