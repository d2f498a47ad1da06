import { describe, expect, it } from 'vitest';
import { denoiseStages } from '../denoise/stages.ts';
import { dtmfSound } from '../dtmf/generator.ts';
import { highPass } from '../filters/design.ts';
import { AutomaticGain } from '../levels/automatic-gain.ts';
import { testVoice } from '../test-voice.ts';
import { Chain } from './chain.ts';
import type { ChainEvent, ChainStage } from './stages.ts';

const voice = testVoice(2);

/** Through a chain in quanta of 128 samples, as on an audio thread. */
const inQuanta = (chain: Chain, pcm: Float32Array): Float32Array => {
  for (let at = 0; at < pcm.length; at += 128) chain.process(pcm.subarray(at, at + 128));
  return pcm;
};

describe('chain', () => {
  it('does what its stages do one after the other', () => {
    const chain = new Chain([
      { stage: 'highPass', hz: 200, order: 2 },
      { stage: 'automaticGain', targetDbfs: -26 },
    ]);
    const expected = voice.slice();
    highPass({ hz: 200, order: 2 }).process(expected);
    new AutomaticGain({ targetDbfs: -26 }).process(expected);
    expect(inQuanta(chain, voice.slice())).toEqual(expected);
    chain.reset();
    expect(inQuanta(chain, voice.slice())).toEqual(expected);
    expect(chain.delaySamples).toBe(0);
  });

  it('tells digits, levels and frames of another rate', () => {
    const events: ChainEvent[] = [];
    const stages: ChainStage[] = [
      { stage: 'dtmf' },
      { stage: 'level' },
      { stage: 'frames', toHz: 8000, frameMs: 10 },
      { stage: 'comfortNoise', payload: Uint8Array.of(60) },
    ];
    const chain = new Chain(stages, { onEvent: (event) => events.push(event) });
    const input = new Float32Array(48_000);
    input.set(dtmfSound('7', { pauseMs: 0 }), 4800);
    const out = inQuanta(chain, input.slice());
    const digits = events.flatMap((event) => (event.stage === 'dtmf' ? [event.event] : []));
    expect(digits.map(({ type, digit }) => `${type} ${digit}`)).toEqual(['down 7', 'up 7']);
    const levels = events.flatMap((event) => (event.stage === 'level' ? [event.levelDbov] : []));
    expect(levels).toHaveLength(50);
    expect([levels[0], levels[7]]).toEqual([127, 12]);
    const frames = events.flatMap((event) => (event.stage === 'frames' ? [event.pcm] : []));
    expect(frames.length).toBeGreaterThanOrEqual(97);
    expect(frames.every(({ length }) => length === 80)).toBe(true);
    expect(new Set(frames).size).toBe(frames.length);
    // Only the last stage has changed the sound, and it comes after those that listen.
    expect(out.some((sample, i) => sample !== input[i])).toBe(true);
    expect(out.every((sample, i) => Math.abs(sample - input[i]!) < 0.01)).toBe(true);
  });

  it('takes noise suppression in with its own makers, and says where they are without', () => {
    const chain = new Chain([{ stage: 'denoise' }], { makers: denoiseStages });
    expect(chain.delaySamples).toBe(1440);
    expect(inQuanta(chain, voice.slice()).some((sample) => Math.abs(sample) > 0.05)).toBe(true);
    chain.close();
    chain.close();
    expect(() => new Chain([{ stage: 'denoise' }])).toThrow(/of @partyline\/audio\/denoise/);
  });

  it('says what is wrong with a stage', () => {
    expect(() => new Chain([{ stage: 'reverb' } as unknown as ChainStage])).toThrow(
      /no stage "reverb" among lowPass/,
    );
    expect(() => new Chain([{ stage: 'lowPass', hz: 5000 }], { sampleRate: 8000 })).toThrow(/less than 4000/);
    expect(() => new Chain([{ stage: 'frames', toHz: 44_100, frameMs: 2.5 }])).toThrow(
      /whole number of samples/,
    );
    expect(() => new Chain([{ stage: 'comfortNoise', payload: new Uint8Array(0) }])).toThrow(/empty/);
    expect(() => new Chain(Array(33).fill({ stage: 'level' }))).toThrow(/32 at most/);
  });
});
