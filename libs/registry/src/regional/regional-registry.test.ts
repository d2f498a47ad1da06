import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { registryContract } from '../contract.ts';
import { cluster, edgeOf, REGIONS, room } from './regional-fixture.ts';

for (const control of [true, false]) {
  registryContract(`regional, three regions, ${control ? 'with' : 'without'} a control state`, async () => {
    const { seen, advance } = cluster({ control, maxRooms: 5 });
    return { registry: seen.eu, advance, retentionMs: 1_200_000, maxRooms: 5 };
  });
}

describe('RegionalRegistry', () => {
  describe('edges and places', () => {
    it('of other regions are some seconds old, unless asked for fresh', async () => {
      const c = cluster();
      const ids = async (fresh?: boolean): Promise<string[]> =>
        (await c.seen.eu.edges(fresh)).map(({ edge }) => edge);
      expect(await ids()).toEqual([]);
      await c.renew();
      await c.advance(1_500);
      expect(await ids()).toEqual(['edge-eu']);
      expect(await ids(true)).toEqual(['edge-asia', 'edge-eu', 'edge-us']);
      expect(await ids()).toEqual(['edge-asia', 'edge-eu', 'edge-us']);
    });

    it('are those of all regions', async () => {
      const c = cluster();
      await c.renew();
      expect((await c.seen.us.edges()).map(({ edge }) => edge)).toEqual(['edge-asia', 'edge-eu', 'edge-us']);
      expect(await c.seen.eu.enterRoom(room, c.place('eu'))).toEqual({ places: [], complete: true });
      expect(await c.seen.us.enterRoom(room, c.place('us', 3))).toEqual({
        places: [c.place('eu')],
        complete: true,
      });
      expect(await c.seen.asia.places(room)).toEqual({
        places: [c.place('eu'), c.place('us', 3)],
        complete: true,
      });
      await c.seen.eu.leaveRoom(room, edgeOf('eu'), 'boot-1');
      expect((await c.seen.asia.places(room)).places).toEqual([c.place('us', 3)]);
    });

    it('of a region that fails or hangs are left out, and said to be, within the time-out', async () => {
      const c = cluster();
      await c.renew();
      for (const region of REGIONS) await c.seen[region].enterRoom(room, c.place(region));
      for (const link of ['failing', 'hanging'] as const) {
        c.links.set('us', link);
        await c.advance(4_000);
        await c.renew();
        const startedAtMs = performance.now();
        expect(await c.seen.eu.places(room)).toEqual({
          places: [c.place('asia'), c.place('eu')],
          complete: false,
        });
        expect((await c.seen.eu.edges()).map(({ edge }) => edge)).toEqual(['edge-asia', 'edge-eu']);
        expect(performance.now() - startedAtMs).toBeLessThan(500);
      }
    });

    it('are not asked of a region again for a second after it failed', async () => {
      const c = cluster({ control: false });
      c.links.set('us', 'failing');
      await c.seen.eu.places(room);
      const before = c.asked.filter((one) => one.startsWith('us')).length;
      for (let count = 0; count < 5; count++) await c.seen.eu.places(room);
      expect(c.asked.filter((one) => one.startsWith('us'))).toHaveLength(before);
      c.links.set('us', 'up');
      await c.advance(1_000);
      expect(await c.seen.eu.places(room)).toMatchObject({ complete: true });
      expect(c.seen.eu.remotes.get('us')?.stats).toMatchObject({ failed: 1, rested: 5 });
    });

    it('of regions that do not have the room are not asked for', async () => {
      const c = cluster();
      await c.renew();
      await c.seen.eu.enterRoom(room, c.place('eu'));
      await c.seen.us.enterRoom(room, c.place('us'));
      c.asked.length = 0;
      await c.seen.eu.places(room);
      expect(c.asked).toEqual(['us.places']);
    });

    it('find each other when two edges enter at once, in any interleaving', async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.scheduler(),
          fc.boolean(),
          fc.constantFrom(0, 4),
          async (scheduler, control, direct) => {
            const c = cluster({ control, timeoutMs: 10_000, askedDirectly: direct });
            await c.renew();
            for (const region of REGIONS) {
              const { memory } = c;
              for (const name of ['enterRoom', 'places'] as const) {
                memory[region][name] = scheduler.scheduleFunction(
                  memory[region][name].bind(memory[region]) as never,
                ) as never;
              }
            }
            c.control.add = scheduler.scheduleFunction(c.control.add.bind(c.control));
            c.control.regions = scheduler.scheduleFunction(c.control.regions.bind(c.control));
            const entered = Promise.all([
              c.seen.eu.enterRoom(room, c.place('eu')),
              c.seen.us.enterRoom(room, c.place('us')),
            ]);
            await scheduler.waitFor(entered);
            const [eu, us] = await entered;
            expect(eu.places.length + us.places.length).toBeGreaterThanOrEqual(1);
          },
        ),
        { numRuns: 100 },
      );
    });

    it('are found again after the control state was lost', async () => {
      const c = cluster();
      await c.renew();
      await c.seen.eu.enterRoom(room, c.place('eu'));
      await c.seen.us.enterRoom(room, c.place('us'));
      c.control.lose();
      expect((await c.seen.eu.places(room)).places).toHaveLength(2);
      for (let second = 0; second < 12; second++) {
        await c.advance(1_000);
        await c.renew();
        expect((await c.seen.eu.places(room)).places).toHaveLength(2);
      }
      expect([...(await c.control.regions(room))!].sort()).toEqual(['eu', 'us']);
    });

    it('are found while the control state cannot be reached', async () => {
      const c = cluster();
      await c.renew();
      const away = (): Promise<never> => Promise.reject(new Error('away'));
      Object.assign(c.control, { regions: away, add: away, incarnation: away });
      await c.seen.eu.enterRoom(room, c.place('eu'));
      expect(await c.seen.us.enterRoom(room, c.place('us'))).toEqual({
        places: [c.place('eu')],
        complete: true,
      });
    });
  });
});
