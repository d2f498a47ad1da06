import { Expectations } from '@partyline/harness';
import { describe, expect, it } from 'vitest';
import type { CallTab } from '../../browser/call-tab.ts';
import type { Timeline } from '../../browser/timeline.ts';
import { checkBeeps, checkLevels, checkSpeech } from './checks.ts';
import { hearBeeps, type Recordings } from './hearing.ts';
import type { Floor } from './turns.ts';

const RATE = 48_000;
const listener = { name: 'Ada', tab: { browser: 'Chromium' } } as CallTab;

/** Beeps like those of WebKit's mock microphone, one a second, without those in `lost`. */
const beeping = ({ seconds = 8, lost = [] as readonly number[], peak = 0.5 } = {}): Timeline => ({
  startsAtMs: 0,
  sampleRate: RATE,
  samples: Float32Array.from({ length: RATE * seconds }, (_, i) => {
    const second = Math.floor(i / RATE);
    const frequencyHz = second % 2 === 0 ? 1_500 : 500;
    const sounds = i % RATE < 0.07 * RATE && !lost.includes(second);
    return sounds ? peak * Math.sin((2 * Math.PI * frequencyHz * i) / RATE) : 0;
  }),
});

const recorded = (played: Timeline): Recordings => ({
  ada: played,
  grace: played,
  played: new Map([[listener, played]]),
});

const failuresOfBeeps = (played: Timeline): string[] => {
  const checks = new Expectations();
  const floor: Floor = { fromMs: 0, toMs: 6_500, claimsMs: new Map([[listener, 100]]) };
  checkBeeps(checks, hearBeeps(recorded(played), floor));
  return checks.failures;
};

const failuresOfLevel = (played: Timeline, heard: boolean): string[] => {
  const checks = new Expectations();
  const span = { fromMs: 0, toMs: 6_000 };
  checkLevels(checks, recorded(played), [{ listener, span, heard, when: 'it is tested' }]);
  return checks.failures;
};

describe('the ears of the scenario browsers', () => {
  it('take the beeps of the mock microphone', () => {
    expect(failuresOfBeeps(beeping())).toEqual([]);
  });

  it('miss a beep that is lost, and all of them', () => {
    expect(failuresOfBeeps(beeping({ lost: [3] }))).toHaveLength(1);
    expect(failuresOfBeeps(beeping({ peak: 0 }))[0]).toMatch(/hears 0 beeps/);
  });

  it('tell silence from a voice, whichever of them was to be heard', () => {
    expect([failuresOfLevel(beeping(), true), failuresOfLevel(beeping({ peak: 0 }), false)]).toEqual([
      [],
      [],
    ]);
    expect(failuresOfLevel(beeping(), false)[0]).toMatch(/should be silent/);
    expect(failuresOfLevel(beeping({ peak: 0 }), true)[0]).toMatch(/nothing is heard/);
  });

  it('refuse a voice that is bad, another one, late, or not there', () => {
    const good = {
      speaker: 'Ada',
      listener: 'Alan',
      pesq: 3.5,
      correlation: 0.95,
      delayMs: 200,
      claimedMs: 180,
    };
    const failures = (change: Partial<typeof good>): number => {
      const checks = new Expectations();
      checkSpeech(checks, [{ ...good, ...change }], false);
      return checks.failures.length;
    };
    expect(failures({})).toBe(0);
    expect(failures({ pesq: 2.4 })).toBe(1);
    expect(failures({ correlation: 0.5 })).toBe(1);
    expect(failures({ delayMs: 500 })).toBe(1);
    expect(failures({ pesq: 0, correlation: Number.NaN, delayMs: Number.NaN })).toBe(3);
  });
});
