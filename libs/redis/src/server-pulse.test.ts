import { describe, expect, it } from 'vitest';
import { ServerPulse } from './server-pulse.ts';

/** A server whose clock is ahead, and that takes as long as it is told. */
const server = (aheadMs: number) => {
  const state = { nowMs: 1_800_000_000_000, tookMs: 2 };
  const pulse = new ServerPulse(() => state.nowMs);
  const time = async (): Promise<[number, number]> => {
    state.nowMs += state.tookMs / 2;
    const serverMs = state.nowMs + aheadMs;
    state.nowMs += state.tookMs / 2;
    return [Math.floor(serverMs / 1_000), (serverMs % 1_000) * 1_000];
  };
  return { state, pulse, take: () => pulse.take({ time } as never) };
};

describe('ServerPulse', () => {
  it('knows nothing before the first answer and after the end of a connection', async () => {
    const { pulse, take } = server(0);
    expect([pulse.roundTripMs, pulse.clockOffsetMs]).toEqual([undefined, undefined]);
    await take();
    pulse.forget();
    expect([pulse.roundTripMs, pulse.clockOffsetMs]).toEqual([undefined, undefined]);
  });

  it('tells the last round trip, and how far ahead the clock of the server is', async () => {
    const { state, pulse, take } = server(1_500);
    await take();
    state.tookMs = 40;
    await take();
    expect(pulse.roundTripMs).toBeCloseTo(40);
    expect(pulse.clockOffsetMs).toBeCloseTo(1_500);
  });

  it('believes the fastest of the last ten answers about the clock', async () => {
    let late = 0;
    const state = { nowMs: 1_800_000_000_000 };
    const pulse = new ServerPulse(() => state.nowMs);
    // All of the delay lies on the way back, so that a slow answer misleads by half of it.
    const time = async (): Promise<[number, number]> => {
      const answer: [number, number] = [Math.floor(state.nowMs / 1_000), (state.nowMs % 1_000) * 1_000];
      state.nowMs += late;
      return answer;
    };
    for (late of [200, 2, 300]) await pulse.take({ time } as never);
    expect(pulse.clockOffsetMs).toBeCloseTo(-1);
    late = 100;
    for (let count = 0; count < 10; count++) await pulse.take({ time } as never);
    expect(pulse.clockOffsetMs).toBeCloseTo(-50);
  });

  it('takes a refusal for an answer, and the end of the connection for none', async () => {
    const pulse = new ServerPulse(() => 0);
    const refused = Object.assign(new Error('NOPERM'), { name: 'ReplyError' });
    await pulse.take({ time: () => Promise.reject(refused) } as never);
    expect([pulse.roundTripMs, pulse.clockOffsetMs]).toEqual([0, undefined]);
    const away = pulse.take({ time: () => Promise.reject(new Error('Connection is closed.')) } as never);
    await expect(away).rejects.toThrow('closed');
  });
});
