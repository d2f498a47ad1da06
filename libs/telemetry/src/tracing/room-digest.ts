import { createHash } from 'node:crypto';

/**
 * How spans name a room: the first 16 hexadecimal digits of its name's SHA-256. Whoever knows the name finds its
 * traces; whoever reads traces learns no names, which may be somebody's and, for guests, are the key to the room.
 */
export const roomDigest = (room: string): string =>
  createHash('sha256').update(room).digest('hex').slice(0, 16);
