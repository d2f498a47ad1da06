import { isEdgeId, isIdentity, isRoomId, MAX_METADATA_CHARS } from '@partyline/protocol';
import { z } from 'zod';

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused here.
const NO_CONTROLS = /^[^\u0000-\u001f\u007f]*$/;

/** A room's name in a path or body. */
export const roomName = z
  .string()
  .refine(isRoomId, 'must be 1 to 64 of A-Z a-z 0-9 _ . - starting with a letter or digit')
  .describe('1 to 64 of A-Z a-z 0-9 _ . - starting with a letter or digit');

/** An identity in a path. */
export const identityName = z
  .string()
  .refine(isIdentity, 'must be 1 to 128 characters without control characters')
  .describe('1 to 128 characters without control characters, percent-encoded');

const edgeName = z.string().refine(isEdgeId, 'must be an edge name');
/** An edge in a path. */
export const edgeId = edgeName.describe('As GET /v1/edges lists it');
/** A few edges in a body. */
export const edgeNames = z.array(edgeName).max(8);

export const displayName = z.string().max(128).regex(NO_CONTROLS, 'must have no control characters');
export const metadata = z.string().max(MAX_METADATA_CHARS);

/** Where a page of a list starts and how long it is. */
export const pageQuery = z.strictObject({
  after: z.string().max(128).optional().describe('"next" of the page before'),
  limit: z.coerce.number().int().min(1).max(500).default(100),
});

/** Cuts one more than a page was read down to the page, and says where the next one starts. */
export const cutPage = <T>(
  items: T[],
  limit: number,
  keyOf: (item: T) => string,
): { items: T[]; next?: string } => {
  const last = items[limit - 1];
  return items.length > limit && last !== undefined
    ? { items: items.slice(0, limit), next: keyOf(last) }
    : { items };
};

export const selection = z.enum(['auto', 'pinned', 'excluded']);
export const applied = z
  .enum(['edge', 'state', 'pending'])
  .describe(
    'edge: done; state: nobody connected, applies to the next hello; pending: the edge has not answered yet',
  );
