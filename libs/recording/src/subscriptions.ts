import type { Room } from '@partyline/client';

/** As many streams an edge sends to one listener beside the loudest (docs/limits.md). */
const MAX_STREAMS = 16;

/**
 * Asks for everybody who may speak, for a room forwards only the loudest by itself. Beyond {@link MAX_STREAMS} people
 * the others are recorded while they are among the loudest.
 * @returns ends it
 */
export const subscribeToAll = (room: Room): (() => void) => {
  const asked = new Set<number>();
  const update = (): void => {
    const there = new Set<number>();
    for (const { streamId, publisher, self } of room.participants)
      if (publisher && !self) there.add(streamId);
    for (const streamId of asked) if (!there.has(streamId)) asked.delete(streamId);
    for (const streamId of there) {
      if (asked.size >= MAX_STREAMS) return;
      if (asked.has(streamId)) continue;
      asked.add(streamId);
      room.subscribe(streamId, 'always');
    }
  };
  update();
  return room.on('participants', ({ joined, updated, left }) => {
    if (joined.length + updated.length + left.length > 0) update();
  });
};
