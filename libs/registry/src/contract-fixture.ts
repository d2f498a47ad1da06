import type { EdgeId, Identity, RoomId } from '@partyline/protocol';
import { expect } from 'vitest';
import type { EdgeLease, MemberRecord, Registry, SeatRequest, SeatResult } from './registry.ts';

/** An empty registry and its time. */
export interface RegistryFixture {
  registry: Registry;
  /** Moves the registry's time forward, in ms. */
  advance: (milliseconds: number) => Promise<void>;
  /** How long this registry keeps seats and moderation, in ms: more than 60,000, less than a day. */
  retentionMs: number;
  /** The most rooms that this registry takes: 3 to 50. */
  maxRooms: number;
}

export const EDGE = 'edge-1' as EdgeId;
const BOOT = 'boot-1';

export type Seated = Extract<SeatResult, { ok: true }>;

export const request = (room: RoomId, identity: Identity, more: Partial<SeatRequest> = {}): SeatRequest => ({
  room,
  identity,
  seatTtlMs: 5_000,
  edge: EDGE,
  ...more,
});

export const claimed = async (registry: Registry, room: RoomId, identity: Identity): Promise<Seated> => {
  const result = await registry.claimSeat(request(room, identity));
  expect(result).toMatchObject({ ok: true });
  return result as Seated;
};

export const memberOf = (
  seat: Pick<Seated, 'streamId' | 'generation'>,
  identity: Identity,
  more: Partial<MemberRecord> = {},
): MemberRecord => ({
  streamId: seat.streamId,
  generation: seat.generation,
  identity,
  name: identity,
  edge: EDGE,
  boot: BOOT,
  joinedAt: 1,
  publisher: true,
  hidden: false,
  muted: false,
  moderated: false,
  reconnecting: false,
  selection: 'auto',
  ...more,
});

export const lease = (more: Partial<EdgeLease> = {}): EdgeLease => ({
  edge: EDGE,
  boot: BOOT,
  region: 'eu',
  url: '/v1/ws',
  revision: '1',
  startedAt: 1,
  draining: false,
  connections: 0,
  maxConnections: 100,
  load: 0,
  rooms: 0,
  ...more,
});
