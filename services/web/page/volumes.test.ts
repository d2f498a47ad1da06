import { describe, expect, it } from 'vitest';
import { Volumes } from './volumes.ts';

const memory = (stored: string | null = null) => {
  const kept = { text: stored };
  return {
    kept,
    getItem: () => kept.text,
    setItem: (_key: string, text: string) => {
      kept.text = text;
    },
  };
};
const ada = { identity: 'ada', name: 'Ada' };

describe('Volumes', () => {
  it('are remembered by identity, for the room they were set in', () => {
    const storage = memory();
    new Volumes(storage).set('lobby', ada, { volume: 0.4, muted: true });
    const later = new Volumes(storage);
    expect(later.of('lobby', { ...ada, name: 'Countess' })).toEqual({ volume: 0.4, muted: true });
    expect(later.of('kitchen', ada)).toEqual({ volume: 1, muted: false });
  });

  it('are remembered by name for guests, whose identity is a new one each time', () => {
    const volumes = new Volumes(memory());
    volumes.set('lobby', { identity: 'guest-1', name: 'Grace' }, { volume: 2, muted: false });
    expect(volumes.of('lobby', { identity: 'guest-2', name: 'Grace' }).volume).toBe(2);
    expect(volumes.of('lobby', { identity: 'Grace', name: 'Grace' }).volume).toBe(1);
  });

  it('forget who is as loud as usual again', () => {
    const storage = memory();
    const volumes = new Volumes(storage);
    volumes.set('lobby', ada, { volume: 0.5, muted: false });
    volumes.set('lobby', ada, { volume: 1, muted: false });
    expect(storage.kept.text).toBe('[]');
  });

  it('keep 300 people, and lose those set longest ago', () => {
    const storage = memory();
    const volumes = new Volumes(storage);
    for (let i = 0; i < 301; i += 1) {
      volumes.set('lobby', { identity: `p${i}`, name: '' }, { volume: 0.5, muted: false });
    }
    expect(JSON.parse(storage.kept.text!)).toHaveLength(300);
    expect(volumes.of('lobby', { identity: 'p0', name: '' }).volume).toBe(1);
    expect(volumes.of('lobby', { identity: 'p300', name: '' }).volume).toBe(0.5);
  });

  it('are ordinary when storage holds nonsense or throws', () => {
    for (const text of ['{', '3', '[[7]]', '[["k",{"volume":99}]]', '[["k",null]]']) {
      expect(new Volumes(memory(text)).of('lobby', ada).volume, text).toBe(1);
    }
    const refuse = (): never => {
      throw new Error('SecurityError');
    };
    const volumes = new Volumes({ getItem: refuse, setItem: refuse });
    volumes.set('lobby', ada, { volume: 0.5, muted: false });
    expect(volumes.of('lobby', ada).volume).toBe(0.5);
  });
});
