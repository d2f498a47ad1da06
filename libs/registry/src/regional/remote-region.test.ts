import { describe, expect, it } from 'vitest';
import { type Registry, RegistryError } from '../registry.ts';
import { RemoteRegion } from './remote-region.ts';

const asked = async (error: Error): Promise<RemoteRegion> => {
  const region = new RemoteRegion(
    { region: 'us', timeoutMs: 20, restMs: 1_000 },
    { open: () => ({}) as Registry, clock: { now: () => 0 } },
  );
  const answer = await region.ask(() => Promise.reject(error));
  expect(answer).toEqual({ ok: false });
  return region;
};

describe('another region', () => {
  it('that is still being connected to is asked again at once, and left alone once it is open', async () => {
    let opened = (_: Registry): void => undefined;
    const region = new RemoteRegion(
      { region: 'us', timeoutMs: 10, restMs: 1_000 },
      { open: () => new Promise((resolve) => (opened = resolve)), clock: { now: () => 0 } },
    );
    expect(await region.ask(async () => 'here')).toEqual({ ok: false });
    expect([region.rests, region.stats.failed]).toEqual([false, 1]);
    opened({} as Registry);
    expect(await region.ask(async () => 'here')).toEqual({ ok: true, value: 'here' });
    expect(await region.ask(() => new Promise(() => undefined))).toEqual({ ok: false });
    expect(region.rests).toBe(true);
  });

  it('that does not answer is left alone for a while', async () => {
    const region = await asked(new RegistryError('unavailable', 'away'));
    expect([region.rests, region.stats.failed]).toEqual([true, 1]);
  });

  it('that cannot read one of its records is asked for the others', async () => {
    const reply = Object.assign(new Error('ERR user_script:7: bad argument'), { name: 'ReplyError' });
    const region = await asked(reply);
    expect([region.rests, region.stats.failed]).toEqual([false, 1]);
  });
});
