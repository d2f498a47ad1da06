import { type ErrorCode, PartylineError } from '@partyline/client';
import { describe, expect, it } from 'vitest';
import { describeProblem } from './problems.ts';
import { strings } from './strings.ts';

const surroundings = { secureUrl: 'https://box.lan:8080/' };
const told = (code: ErrorCode, cause?: Error) =>
  describeProblem(new PartylineError(code, 'the room name is bad', { cause }), surroundings);

describe('describeProblem', () => {
  it('says what to do about each usual failure', () => {
    expect(told('microphone_refused')).toBe(strings.problems.microphoneRefused);
    expect(told('room_full')).toBe(strings.problems.full);
    expect(told('removed')).toBe(strings.problems.removed);
    expect(told('replaced')).toBe(strings.problems.replaced);
    expect(told('edge_gone')).toBe(strings.problems.lost);
    expect(told('unreachable')).toBe(strings.problems.unreachable);
  });

  it('names the secure address where one is needed', () => {
    expect(told('no_secure_context')).toContain(surroundings.secureUrl);
  });

  it('tells a missing microphone from one that is in use', () => {
    const busy = Object.assign(new Error('in use'), { name: 'NotReadableError' });
    const missing = Object.assign(new Error('none'), { name: 'NotFoundError' });
    expect(told('microphone_unavailable', busy)).toBe(strings.problems.microphoneBusy);
    expect(told('microphone_unavailable', missing)).toBe(strings.problems.microphoneMissing);
  });

  it('passes on what the server said, and whatever else was thrown', () => {
    expect(told('join_refused')).toContain('the room name is bad');
    expect(describeProblem(new TypeError('x is undefined'), surroundings)).toContain('x is undefined');
    expect(describeProblem('odd', surroundings)).toContain('odd');
  });
});
