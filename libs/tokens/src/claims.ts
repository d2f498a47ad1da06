import { isEdgeId, isIdentity, isRoomId, MAX_METADATA_CHARS } from '@partyline/protocol';
import { z } from 'zod';

/** What a participant may do. Only tokens carry grants, never a request's body. */
export const grantsSchema = z.object({
  /** Send media. */
  publish: z.boolean().default(false),
  /** Receive media. */
  subscribe: z.boolean().default(true),
  /** Use the moderation API for the token's room. */
  moderate: z.boolean().default(false),
  /** Not announced to others (recorders, supervisors). */
  hidden: z.boolean().default(false),
  /** Send data messages to chosen participants. */
  direct: z.boolean().default(true),
});
export type Grants = z.infer<typeof grantsSchema>;

const room = z.string().refine(isRoomId, 'must be a room name');
const identity = z.string().refine(isIdentity, 'must be 1 to 128 characters without control characters');

/** Minted by the customer's backend with its API secret (HS256); minutes long. */
export const accessClaimsSchema = z.object({
  /** The API key's id. */
  iss: z.string().min(1).max(128),
  /** Identity. Absent on tokens that are only for the admin API. */
  sub: identity.optional(),
  /** The one room it opens; absent with `admin`. */
  room: room.optional(),
  name: z.string().max(128).optional(),
  metadata: z.string().max(MAX_METADATA_CHARS).optional(),
  grants: grantsSchema.default({
    publish: true,
    subscribe: true,
    moderate: false,
    hidden: false,
    direct: true,
  }),
  /** The whole admin API: list, create and delete rooms, list edges. */
  admin: z.boolean().default(false),
  exp: z.number(),
});
export type AccessClaims = z.infer<typeof accessClaimsSchema>;

/** Edges of other regions that a ticket may name beside its own. */
export const MAX_TICKET_PLACES = 4;

/** What a ticket says; signed by the directory (EdDSA), checked by edges with public keys only. */
export const ticketClaimsSchema = z.object({
  room,
  sub: identity,
  name: z.string().max(128),
  metadata: z.string().max(MAX_METADATA_CHARS).optional(),
  grants: grantsSchema,
  streamId: z.number().int().min(1).max(0xffff_ffff),
  resumeId: z.string().min(1).max(128),
  /** One up for each join with the same resume id: the highest wins everywhere. */
  generation: z.number().int().min(0).max(0xffff_ffff),
  edge: z.string().refine(isEdgeId, 'must be an edge name'),
  /**
   * Edges of other regions that held the room when the ticket was made: the named edge need not ask over an ocean before
   * it can greet them. Others there may be are found by the registry.
   */
  places: z
    .array(
      z.object({
        edge: z.string().refine(isEdgeId, 'must be an edge name'),
        boot: z.string().min(1).max(64),
        region: z.string().min(1).max(64),
      }),
    )
    .max(MAX_TICKET_PLACES)
    .optional(),
  /** W3C trace context of the join, which goes on at the edge; with traces on only. */
  trace: z.string().max(64).optional(),
  /** Seconds since the epoch. */
  iat: z.number(),
  exp: z.number(),
});
export type TicketClaims = z.infer<typeof ticketClaimsSchema>;
/** What a signer is given: everything but the times, checked while signing. */
export type TicketContent = Omit<z.input<typeof ticketClaimsSchema>, 'iat' | 'exp'>;
