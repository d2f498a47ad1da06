import type { System } from '../../support/system.ts';

/** `partyline record` of a room, by somebody whom nobody sees: what follows is up to the caller. */
export const recordWords = async (system: System, room: string, identity = 'recorder'): Promise<string[]> => {
  const token = await system.token({ room, identity, grants: { publish: false, hidden: true } });
  return ['record', '--url', system.apiUrls[0]!, '--room', room, '--token', token];
};
