import type { SelectionMode } from '@partyline/protocol';
import type { ApiAnswer, ApiClient } from './api-client.ts';

const path = (room: string, identity: string): string =>
  `/v1/rooms/${encodeURIComponent(room)}/participants/${encodeURIComponent(identity)}`;

/** Mutes or unmutes a participant for everybody. */
export const mute = (api: ApiClient, room: string, identity: string, muted: boolean): Promise<ApiAnswer> =>
  api.request('POST', `${path(room, identity)}/mute`, { muted });

/** Makes a participant a priority speaker, leaves it out of the selection, or neither. */
export const select = (
  api: ApiClient,
  room: string,
  identity: string,
  selection: SelectionMode,
): Promise<ApiAnswer> => api.request('PATCH', path(room, identity), { selection });

/** Removes a participant; it may not come back for as long as a ticket lives. */
export const remove = (api: ApiClient, room: string, identity: string): Promise<ApiAnswer> =>
  api.request('DELETE', path(room, identity));
