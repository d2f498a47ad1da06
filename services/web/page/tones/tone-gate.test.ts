import { describe, expect, it } from 'vitest';
import { ToneGate } from './tone-gate.ts';

describe('ToneGate', () => {
  it('lets a crowd sound once a second, whether it comes, goes or writes', () => {
    const gate = new ToneGate();
    const tones = ['join', 'leave', 'message'] as const;
    const passed = Array.from({ length: 300 }, (_, at) => gate.passes(tones[at % 3]!, at * 10));
    expect(passed.filter(Boolean)).toHaveLength(3);
    expect(passed[0]).toBe(true);
  });

  it('answers one’s own switch at once, also amid a crowd', () => {
    const gate = new ToneGate();
    expect(gate.passes('join', 0)).toBe(true);
    expect(gate.passes('muted', 10)).toBe(true);
    expect(gate.passes('unmuted', 200)).toBe(true);
    expect(gate.passes('leave', 300)).toBe(false);
  });

  it('does not buzz when the switch flutters', () => {
    const gate = new ToneGate();
    const passed = Array.from({ length: 20 }, (_, at) => gate.passes(at % 2 ? 'muted' : 'unmuted', at * 10));
    expect(passed.filter(Boolean)).toHaveLength(2);
  });
});
