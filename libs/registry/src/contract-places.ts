import type { EdgeId, RoomId } from '@partyline/protocol';
import { describe, expect, it } from 'vitest';
import { EDGE, lease, type RegistryFixture } from './contract-fixture.ts';
import type { RoomPlace } from './registry.ts';

const room = 'lobby' as RoomId;
const EDGE_2 = 'edge-2' as EdgeId;

const place = (edge: EdgeId, more: Partial<RoomPlace> = {}): RoomPlace => ({
  edge,
  boot: 'boot-1',
  region: 'eu',
  participants: 1,
  ...more,
});

/** Which edges hold a room. */
export const placesContract = (make: () => Promise<RegistryFixture>): void => {
  describe('places', () => {
    it('are told to whoever enters later, without its own', async () => {
      const { registry } = await make();
      for (const edge of [EDGE_2, EDGE]) await registry.renewLease(lease({ edge }));
      expect(await registry.enterRoom(room, place(EDGE_2))).toMatchObject({ places: [], complete: true });
      expect(await registry.enterRoom(room, place(EDGE))).toMatchObject({ places: [place(EDGE_2)] });
      expect(await registry.places(room)).toMatchObject({
        places: [place(EDGE), place(EDGE_2)],
        complete: true,
      });
      expect((await registry.places('other' as RoomId)).places).toEqual([]);
    });

    it('have the number of participants that was said last', async () => {
      const { registry } = await make();
      await registry.renewLease(lease());
      for (const participants of [1, 7]) await registry.enterRoom(room, place(EDGE, { participants }));
      expect((await registry.places(room)).places).toEqual([place(EDGE, { participants: 7 })]);
    });

    it('end when left, by the same boot only', async () => {
      const { registry } = await make();
      await registry.renewLease(lease());
      await registry.enterRoom(room, place(EDGE));
      await registry.leaveRoom(room, EDGE, 'former');
      expect((await registry.places(room)).places).toHaveLength(1);
      await registry.leaveRoom(room, EDGE, 'boot-1');
      expect((await registry.places(room)).places).toEqual([]);
      await registry.leaveRoom(room, EDGE, 'boot-1');
    });

    it('count while the lease of the same boot lives', async () => {
      const { registry, advance } = await make();
      for (const edge of [EDGE_2, EDGE]) await registry.renewLease(lease({ edge }));
      for (const edge of [EDGE_2, EDGE]) await registry.enterRoom(room, place(edge));
      await advance(3_000);
      await registry.renewLease(lease());
      await advance(3_000);
      expect((await registry.places(room)).places).toEqual([place(EDGE)]);
      await registry.renewLease(lease({ edge: EDGE_2, boot: 'boot-2' }));
      expect((await registry.places(room)).places).toEqual([place(EDGE)]);
      const again = place(EDGE_2, { boot: 'boot-2' });
      await registry.enterRoom(room, again);
      expect((await registry.places(room)).places).toEqual([place(EDGE), again]);
    });

    it('of two that enter at once, one at least is told of the other', async () => {
      const { registry } = await make();
      const edges = ['a', 'b', 'c', 'd'] as EdgeId[];
      for (const edge of edges) await registry.renewLease(lease({ edge }));
      const told = await Promise.all(edges.map((edge) => registry.enterRoom(room, place(edge))));
      const sees = (one: number, other: number): boolean =>
        told[one]!.places.some(({ edge }) => edge === edges[other]);
      for (let one = 0; one < edges.length; one++) {
        for (let other = 0; other < one; other++) expect(sees(one, other) || sees(other, one)).toBe(true);
      }
    });
  });

  describe('the lease of an edge', () => {
    it('is refused to another boot while it lives', async () => {
      const { registry, advance } = await make();
      await registry.renewLease(lease());
      await expect(registry.renewLease(lease({ boot: 'boot-2' }))).rejects.toMatchObject({
        code: 'edge_id_taken',
      });
      expect((await registry.edges())[0]).toMatchObject({ boot: 'boot-1' });
      await advance(5_100);
      await registry.renewLease(lease({ boot: 'boot-2' }));
      await expect(registry.renewLease(lease())).rejects.toMatchObject({ code: 'edge_id_taken' });
      await registry.dropLease(EDGE, 'boot-2');
      await registry.renewLease(lease());
    });

    it('has one incarnation while it lives, and another when it had died', async () => {
      const { registry, advance } = await make();
      const first = (await registry.renewLease(lease())).incarnation;
      await advance(4_000);
      expect((await registry.renewLease(lease({ draining: true }))).incarnation).toBe(first);
      await advance(5_100);
      expect((await registry.renewLease(lease())).incarnation).not.toBe(first);
    });
  });
};
