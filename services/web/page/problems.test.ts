import { type ErrorCode, PartylineError } from '@partyline/client';
import { afterEach, describe, expect, it } from 'vitest';
import { describeProblem, isAboutToken } from './problems.ts';
import { speak, strings } from './strings.ts';

const surroundings = { secureUrl: 'https://box.lan:8080/' };
type Details = ConstructorParameters<typeof PartylineError>[2];
const told = (code: ErrorCode, details?: Details) =>
  describeProblem(new PartylineError(code, 'the room name is bad', details), surroundings);

afterEach(() => speak('en'));

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
    expect(told('microphone_unavailable', { cause: busy })).toBe(strings.problems.microphoneBusy);
    expect(told('microphone_unavailable', { cause: missing })).toBe(strings.problems.microphoneMissing);
  });

  it('says what the service said by its own code, in the language of the page', () => {
    expect(told('not_allowed', { problem: 'token_expired' })).toBe(strings.problems.service.token_expired);
    expect(told('not_allowed', { problem: 'token_forged' })).toBe(strings.problems.service.token_invalid);
    expect(told('service_failed', { problem: 'no_edge' })).toBe(strings.problems.service.no_edge);
    expect(told('not_allowed', { problem: 'unheard_of' })).toBe(strings.problems.notAllowed);
    speak('zh-CN');
    expect(told('not_allowed', { problem: 'token_expired' })).toContain('访问令牌');
  });

  it('knows when another token would help', () => {
    const about = (problem?: string) =>
      isAboutToken(new PartylineError('not_allowed', 'No.', problem === undefined ? {} : { problem }));
    expect(['token_expired', 'token_forged', 'no_room_in_token'].map(about)).toEqual([true, true, true]);
    expect([undefined, 'wrong_room', 'removed'].map(about)).toEqual([false, false, false]);
    expect(isAboutToken(new Error('token_expired'))).toBe(false);
  });

  it('says how long to wait when the service does', () => {
    expect(told('rate_limited')).toBe(strings.problems.busy);
    expect(told('rate_limited', { retryAfterMs: 1_400 })).toContain('2 seconds');
    speak('zh-CN');
    expect(told('rate_limited', { retryAfterMs: 1_000 })).toContain('1秒钟');
  });

  it('passes on what the server said, and whatever else was thrown', () => {
    expect(told('join_refused')).toContain('the room name is bad');
    expect(describeProblem(new TypeError('x is undefined'), surroundings)).toContain('x is undefined');
    expect(describeProblem('odd', surroundings)).toContain('odd');
  });
});
