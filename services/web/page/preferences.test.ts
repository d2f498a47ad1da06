import { describe, expect, it } from 'vitest';
import { loadPreferences, type Preferences, savePreferences } from './preferences.ts';

const holding = (text: string | null) => ({ getItem: () => text });

const nothing: Preferences = {
  name: '',
  room: '',
  mode: 'open',
  talkKey: 'Space',
  microphoneId: '',
  loudspeakerId: '',
  echoCancellation: true,
  noiseSuppression: true,
  autoGainControl: true,
  codec: 'opus/48000',
  sounds: true,
  language: 'auto',
  theme: 'system',
  panel: undefined,
};

describe('preferences', () => {
  it('come back as they were saved', () => {
    let stored = '';
    const storage = {
      setItem: (_key: string, text: string) => {
        stored = text;
      },
    };
    const chosen: Preferences = {
      name: 'Ada',
      room: 'lobby',
      mode: 'push',
      talkKey: 'KeyV',
      microphoneId: 'abc',
      loudspeakerId: 'def',
      echoCancellation: false,
      noiseSuppression: false,
      autoGainControl: false,
      codec: 'speex/16000',
      sounds: false,
      language: 'zh-CN',
      theme: 'dark',
      panel: '',
    };
    savePreferences(storage, chosen);
    expect(loadPreferences(holding(stored))).toEqual(chosen);
  });

  it('are empty when storage holds nothing, nonsense, or another shape', () => {
    const odd = JSON.stringify({
      name: 7,
      room: [],
      mode: 'shout',
      talkKey: 'Escape',
      codec: 'g729/8000',
      sounds: 'loud',
      language: 'tlh',
      theme: 'pink',
      panel: 3,
    });
    for (const text of [null, '', '{', 'null', '3', odd]) {
      expect(loadPreferences(holding(text)), String(text)).toEqual(nothing);
    }
  });

  it('do without storage that throws', () => {
    const refuse = (): never => {
      throw new Error('SecurityError');
    };
    expect(loadPreferences({ getItem: refuse })).toEqual(nothing);
    expect(() => savePreferences({ setItem: refuse }, nothing)).not.toThrow();
  });
});
