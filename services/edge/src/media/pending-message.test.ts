import { FLAG_FEC, FLAG_SELECTION_END, FLAG_SELECTION_START } from '@partyline/protocol';
import { describe, expect, it } from 'vitest';
import { PendingMessage } from './pending-message.ts';

const frame = (flags: number): Uint8Array => {
  const bytes = new Uint8Array(20).fill(7);
  bytes.set([0, 4, flags]);
  return bytes;
};

describe('frames that leave together', () => {
  it('carry the time of the one that reached its first edge first, whichever came here first', () => {
    const pending = new PendingMessage();
    pending.append(frame(0), 0, 20, 0, 1_000, 1_000, false);
    pending.append(frame(0), 0, 20, 0, 930, 1_002, true);
    pending.append(frame(0), 0, 20, 0, 990, 1_003, true);
    expect(pending).toMatchObject({ frames: 3, ingressAtMs: 930, arrivedAtMs: 1_000 });
    expect(pending).toMatchObject({ localAfterMs: 0, busFrames: 2, busAfterMs: 5 });
    pending.clear();
    pending.append(frame(0), 0, 20, 0, 1_010, 1_011, true);
    expect(pending).toMatchObject({ frames: 1, ingressAtMs: 1_010, arrivedAtMs: 1_011 });
    expect(pending).toMatchObject({ localAfterMs: 0, busFrames: 1, busAfterMs: 0 });
  });

  it('change in the flags that edges may set, and in nothing else', () => {
    const pending = new PendingMessage();
    pending.append(frame(FLAG_FEC | FLAG_SELECTION_END), 0, 20, FLAG_SELECTION_START, 0, 0, false);
    expect([...pending.bytes.subarray(16, 36)]).toEqual([...frame(FLAG_FEC | FLAG_SELECTION_START)]);
  });
});
