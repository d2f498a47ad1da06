import type { RoomId } from '@partyline/protocol';
import type { CreateRoomResult, Registry, RoomRecord, RoomSettings } from '../registry.ts';
import { mergeRooms } from './merging.ts';
import { askAll } from './other-regions.ts';
import type { RemoteRegion } from './remote-region.ts';

export interface RoomCreation {
  room: RoomId;
  settings: Partial<RoomSettings>;
}

/**
 * Creates a room in the own region with the settings that it has in others, if it is there already. Two creations
 * that race in two regions may both succeed; the settings of the region that is asked then count.
 */
export const createAcrossRegions = async (
  { room, settings }: RoomCreation,
  own: Registry,
  remotes: readonly RemoteRegion[],
): Promise<CreateRoomResult> => {
  const [here, elsewhere] = await Promise.all([
    own.room(room),
    askAll(remotes, (registry) => registry.room(room)),
  ]);
  const there = elsewhere.values.filter((record) => record !== undefined);
  const everywhere = here === undefined ? there : [here, ...there];
  const merged = mergeRooms(everywhere);
  const named = Object.entries(settings).filter(([, value]) => value !== undefined);
  const differs = everywhere.some((record) =>
    named.some(([key, value]) => record[key as keyof RoomSettings] !== value),
  );
  if (merged !== undefined && differs) return { ok: false, reason: 'different_settings', room: merged };
  if (here !== undefined) return { ok: true, created: false, room: merged! };
  const result = await own.createRoom(room, merged === undefined ? settings : settingsOf(merged));
  if (!result.ok) return result;
  return { ok: true, created: merged === undefined && result.created, room: merged ?? result.room };
};

const settingsOf = ({ maxParticipants, emptyTimeoutSeconds, metadata }: RoomRecord): RoomSettings => ({
  maxParticipants,
  emptyTimeoutSeconds,
  metadata,
});
