import { describe, expect, it } from 'vitest';
import { audioLevelDbov, VoiceActivityDetector } from './level.ts';
import { testVoice } from './test-voice.ts';

describe('testVoice', () => {
  it('is taken for voice in its phrases and for silence in its pauses', () => {
    const pcm = testVoice(8);
    const detector = new VoiceActivityDetector();
    let active = 0;
    let starts = 0;
    for (let at = 0; at + 960 <= pcm.length; at += 960) {
      if (detector.update(audioLevelDbov(pcm.subarray(at, at + 960)))) active += 1;
      if (detector.spurtStarted) starts += 1;
    }
    expect(active / 400).toBeGreaterThan(0.6);
    expect(active / 400).toBeLessThan(1);
    expect(starts).toBeGreaterThanOrEqual(3);
    expect(pcm.every((sample) => Math.abs(sample) <= 1)).toBe(true);
  });
});
