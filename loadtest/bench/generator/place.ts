import type { Shape } from '../comparison/shape.ts';

/** Somebody's place in a shape. Publishers of a room have neighbouring stream ids, from 1 on over all rooms. */
export interface Place {
  room: string;
  streamId: number;
  identity: string;
  /** The room's first publisher. */
  firstPublisher: number;
  publishers: number;
  publishes: boolean;
  /** Reads at once and has its latency measured; the others read every few ms, all that has come. */
  eager: boolean;
}

/** One listener in so many is eager: reading message by message costs the generator more than it has. */
const EAGER_EVERY = 10;

/** Everybody's place: the publishers of each room first. */
export const placesOf = (shape: Shape): Place[] => {
  const places: Place[] = [];
  const listenersFrom = shape.rooms * shape.publishers + 1;
  for (let room = 0; room < shape.rooms; room += 1) {
    const common = {
      room: `room-${room + 1}`,
      firstPublisher: room * shape.publishers + 1,
      publishers: shape.publishers,
    };
    for (let i = 0; i < shape.publishers; i += 1) {
      const streamId = common.firstPublisher + i;
      places.push({ ...common, streamId, identity: identityOf(streamId), publishes: true, eager: true });
    }
    for (let i = 0; i < shape.listeners; i += 1) {
      const streamId = listenersFrom + room * shape.listeners + i;
      const eager = i % EAGER_EVERY === 0;
      places.push({ ...common, streamId, identity: identityOf(streamId), publishes: false, eager });
    }
  }
  return places;
};

const identityOf = (streamId: number): string => `participant-${streamId}`;
