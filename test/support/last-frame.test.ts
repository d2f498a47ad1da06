import { describe, expect, it } from 'vitest';
import type { Caller, CallerFrame } from './caller.ts';
import { frameNumber } from './frame-number.ts';
import { lastFrameFaults } from './last-frame.ts';
import { payloadMark, syntheticPayload } from './synthetic-voice.ts';

const STREAM = 7;

/** A speaker of frames every 20 ms, and a listener to whom those up to a number came at once. */
const pairOf = (spoken: number, heard: number) => {
  const spokenAtMs = Array.from({ length: spoken }, (_, index) => index * 20);
  const frames = spokenAtMs.slice(0, heard).map((atMs, index) => ({
    streamId: STREAM,
    sequence: 40_000 + index,
    mark: payloadMark(syntheticPayload(0, index, 6)),
    arrivedAtMs: atMs + 5,
    delayMs: 5,
  }));
  const numberOf = (frame: CallerFrame): number => frameNumber(spokenAtMs, frame);
  const speaker = { identity: 'speaker', streamId: STREAM, spoken, numberOf } as unknown as Caller;
  return { listener: { identity: 'listener', frames } as unknown as Caller, speaker };
};

describe('the last frame', () => {
  it('was heard by whoever heard everything, wherever the numbers begin', async () => {
    expect(await lastFrameFaults([pairOf(700, 700)], 0)).toEqual([]);
  });

  it.each([0, 1, 443, 444, 699])('was not heard by whoever went deaf after %i of 700', async (heard) => {
    expect(await lastFrameFaults([pairOf(700, heard)], 0)).toEqual([
      'listener did not hear the last frame of speaker',
    ]);
  });
});
