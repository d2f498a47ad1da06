import type { NoPlacementReason, PlacementReason } from '@partyline/placement';
import type { RegistryErrorCode } from '@partyline/registry';
import type { Applied } from './moderation.ts';

// The values of labels that are known beforehand. Their series are there, as zero, from the start: a rate over a
// series that begins with its first event does not see that event.

/** By what an accepted join was paid for. */
const CREDENTIALS = ['access_token', 'ticket', 'guest'] as const;
/** Refusals that say more about the cluster than about the request; the others appear with their first. */
const REFUSALS = [
  'no_edge',
  'room_full',
  'too_many_rooms',
  'removed',
  'replaced',
  'rate_limited',
  'registry_unavailable',
  'internal_error',
] as const;

/** `outcome` and `reason` of joins. */
export const JOIN_SERIES: readonly (readonly [string, string])[] = [
  ...CREDENTIALS.map((reason) => ['accepted', reason] as const),
  ...REFUSALS.map((reason) => ['refused', reason] as const),
];

const PLACEMENTS: Record<PlacementReason | NoPlacementReason, true> = {
  packed: true,
  new_room: true,
  spilled: true,
  rollout: true,
  other_region: true,
  avoided_only: true,
  no_edges: true,
  all_draining: true,
  all_full: true,
  room_edge_limit: true,
};
/** `reason` of placements. */
export const PLACEMENT_SERIES: readonly (readonly [string])[] = Object.keys(PLACEMENTS).map((one) => [one]);

const ACTIONS = ['mute', 'unmute', 'select', 'remove', 'delete_room'] as const;
const OUTCOMES: Record<Applied | 'not_found', true> = {
  edge: true,
  state: true,
  pending: true,
  not_found: true,
};
/** `action` and `outcome` of moderation. */
export const MODERATION_SERIES: readonly (readonly [string, string])[] = ACTIONS.flatMap((action) =>
  Object.keys(OUTCOMES).map((outcome) => [action, outcome] as const),
);

/** `limit` of refused requests. */
export const LIMIT_SERIES: readonly (readonly [string])[] = [
  ['request'],
  ['join_address'],
  ['join_identity'],
];

const REGISTRY_CODES: Record<RegistryErrorCode, true> = {
  unavailable: true,
  edge_id_taken: true,
  too_many_edges: true,
  too_many_rooms: true,
  too_many_members: true,
  too_many_moderated: true,
};
/** `code` of registry errors. */
export const REGISTRY_ERROR_SERIES: readonly (readonly [string])[] = Object.keys(REGISTRY_CODES).map(
  (one) => [one],
);
