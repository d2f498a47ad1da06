import type { Identity, RoomId } from '@partyline/protocol';
import { MemoryRegistry, type ModerationState, RegistryError } from '@partyline/registry';
import { systemClock } from '@partyline/runtime';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EdgeFixture, until } from '../edge-fixture.ts';

const room = 'room' as RoomId;
const ada = 'ada' as Identity;

/** A registry that says nothing about moderation for a while. */
class SilentRegistry extends MemoryRegistry {
  isAway = false;
  asked = 0;

  override async moderation(...args: Parameters<MemoryRegistry['moderation']>): Promise<ModerationState> {
    this.asked += 1;
    if (this.isAway) throw new RegistryError('unavailable', 'The registry is away.');
    return super.moderation(...args);
  }
}

let registry: SilentRegistry;
let fixture: EdgeFixture;

beforeEach(async () => {
  registry = new SilentRegistry({}, { clock: systemClock });
  fixture = await new EdgeFixture({}, {}, { registry }).start();
});
afterEach(() => fixture.stop());

describe('moderation that could not be asked for at the hello', () => {
  it('is asked for until there is an answer, and then holds', async () => {
    await registry.moderate(room, ada, { muted: true, selection: 'pinned' });
    registry.isAway = true;
    const client = await fixture.join({ identity: ada });
    expect(client.welcome.moderated).toBe(false);
    await until(() => registry.asked > 1, 'a second question');
    registry.isAway = false;
    expect(await client.next('moderated')).toEqual({ type: 'moderated', muted: true });
    await expect
      .poll(() => registry.member(room, ada))
      .toMatchObject({ moderated: true, selection: 'pinned' });
    const bob = await fixture.join({ identity: 'bob' });
    const { asked } = registry;
    client.speak();
    await until(() => fixture.edge.counters.moderatedFrames === 1, 'the drop');
    expect(bob.frames()).toEqual([]);
    expect(registry.asked).toBe(asked);
  });

  it('ends the session of somebody who was removed', async () => {
    const { ticket } = await fixture.ticket({ identity: ada });
    registry.isAway = true;
    const client = await fixture.connect();
    client.send({ type: 'hello', version: 1, ticket });
    await client.next('ready');
    await registry.moderate(room, ada, { removedUntil: systemClock.now() + 60_000 });
    registry.isAway = false;
    expect(await client.closed).toBe(4004);
    await expect.poll(() => registry.member(room, ada)).toBeUndefined();
  });

  it('leaves a mute that is known here as it is', async () => {
    const first = await fixture.join({ identity: ada });
    await registry.moderate(room, ada, { muted: true });
    const address = { region: 'local', edge: 'edge-1', boot: fixture.edge.boot };
    await fixture.controlPlane.order(address, { kind: 'mute', room, identity: ada, muted: true }, 1_000);
    first.socket.terminate();
    registry.isAway = true;
    const again = await fixture.connect();
    const { ticket } = first.seat;
    again.send({ type: 'hello', version: 1, ticket, resumeKey: first.welcome.resumeKey });
    expect((await again.next('welcome')).moderated).toBe(true);
  });
});
