import type { EdgeId, Identity, RoomId } from '@partyline/protocol';
import { lease, request } from '../contract-fixture.ts';
import { MemoryRegistry } from '../memory-registry.ts';
import { type Registry, RegistryError, type RoomPlace } from '../registry.ts';
import { RegionalRegistry } from './regional-registry.ts';
import { MemoryRoomRegions } from './room-regions.ts';

export const room = 'lobby' as RoomId;
export const ada = 'ada' as Identity;
export const bob = 'bob' as Identity;
export const REGIONS = ['eu', 'us', 'asia'] as const;
type Region = (typeof REGIONS)[number];
export const edgeOf = (region: string): EdgeId => `edge-${region}` as EdgeId;

/** How a region treats those who ask from elsewhere. */
type Link = 'up' | 'failing' | 'hanging';

/** Three regions, each with a registry of its own, seen from each of them. */
export const cluster = ({
  control: withControl = true,
  timeoutMs = 20,
  maxRooms = 1_000,
  askedDirectly = 0,
} = {}) => {
  let nowMs = 1_800_000_000_000;
  const clock = { now: () => nowMs };
  const control = new MemoryRoomRegions({ clock });
  const links = new Map<string, Link>();
  const asked: string[] = [];
  const cut = (region: Region, registry: MemoryRegistry): Registry =>
    new Proxy(registry, {
      get: (target, name) => {
        const value = Reflect.get(target, name) as unknown;
        if (typeof value !== 'function') return value;
        return (...args: unknown[]) => {
          asked.push(`${region}.${String(name)}`);
          const link = links.get(region) ?? 'up';
          if (link === 'failing') return Promise.reject(new RegistryError('unavailable', 'cut off'));
          if (link === 'hanging') return new Promise(() => undefined);
          return value.apply(target, args) as unknown;
        };
      },
    });
  const memory = Object.fromEntries(
    REGIONS.map((region) => [region, new MemoryRegistry({ retentionMs: 1_200_000, maxRooms }, { clock })]),
  ) as Record<Region, MemoryRegistry>;
  const seen = Object.fromEntries(
    REGIONS.map((region) => [
      region,
      new RegionalRegistry(
        { region, timeoutMs, askedDirectly, retentionMs: 1_200_000 },
        {
          own: memory[region],
          others: new Map(REGIONS.map((name) => [name, () => cut(name, memory[name])])),
          ...(withControl && { control }),
          clock,
        },
      ),
    ]),
  ) as Record<Region, RegionalRegistry>;
  const advance = async (milliseconds: number): Promise<void> => {
    nowMs += milliseconds;
  };
  /** Every region has one edge that is alive. */
  const renew = async (): Promise<void> => {
    for (const region of REGIONS) await seen[region].renewLease(lease({ edge: edgeOf(region), region }));
  };
  const place = (region: Region, participants = 1): RoomPlace => ({
    edge: edgeOf(region),
    boot: 'boot-1',
    region,
    participants,
  });
  const claim = (from: Region, to: Region, identity: Identity, more = {}) =>
    seen[from].claimSeat(request(room, identity, { edge: edgeOf(to), ...more }));
  const now = (): number => nowMs;
  return { seen, memory, control, links, asked, advance, renew, place, claim, now };
};
