import type { RoomId } from '@partyline/protocol';
import type { CreateRoomResult, Registry, RoomRecord, RoomSettings } from '../registry.ts';
import { mergeRooms } from './merging.ts';
import { askAll } from './other-regions.ts';
import type { RemoteRegion } from './remote-region.ts';

export interface RoomCreation {
  room: RoomId;
  settings: Partial<RoomSettings>;
}

/** The regions that may have the room, as they are known now. */
export type RegionsOfRoom = () => Promise<readonly RemoteRegion[]>;

/**
 * Creates a room in the own region with the settings that it has in others, if it is there already. Of creations
 * that race in two regions the first wins, by the clocks of the directories that were asked: each looks again once its
 * own is stored, so the other is told that the room has different settings.
 * @param stored makes known that the own region has the room
 */
export const createAcrossRegions = async (
  { room, settings }: RoomCreation,
  own: Registry,
  regions: RegionsOfRoom,
  stored: () => Promise<void>,
): Promise<CreateRoomResult> => {
  const find = async (): Promise<RoomRecord[]> => {
    const { values } = await askAll(await regions(), (registry) => registry.room(room));
    return values.filter((record) => record !== undefined);
  };
  const [here, there] = await Promise.all([own.room(room), find()]);
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
  await stored();
  const now = mergeRooms([result.room, ...(await find())])!;
  if (isOther(now, result.room)) return { ok: false, reason: 'different_settings', room: now };
  return { ok: true, created: merged === undefined && result.created, room: now };
};

const isOther = (one: RoomSettings, other: RoomSettings): boolean =>
  one.maxParticipants !== other.maxParticipants ||
  one.emptyTimeoutSeconds !== other.emptyTimeoutSeconds ||
  one.metadata !== other.metadata;

const settingsOf = ({ maxParticipants, emptyTimeoutSeconds, metadata }: RoomRecord): RoomSettings => ({
  maxParticipants,
  emptyTimeoutSeconds,
  metadata,
});
