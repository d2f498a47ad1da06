import type { Member } from './member.ts';
import type { Rooms } from './rooms.ts';

/** What a participant is here for; a shadow is beside the session that counts, on its way in or out. */
export type ParticipantKind = 'publisher' | 'listener' | 'hidden' | 'shadow';

/** Participants of an edge by kind. For scrapes, as it looks at each. */
export const countParticipants = ({ all }: Pick<Rooms, 'all'>): Record<ParticipantKind, number> => {
  const counts = { publisher: 0, listener: 0, hidden: 0, shadow: 0 };
  for (const room of all.values()) {
    for (const member of room.members.values()) counts[kindOf(member)] += 1;
  }
  return counts;
};

/** Streams that the selectors of an edge's rooms let through now. */
export const countSpeakers = ({ all }: Pick<Rooms, 'all'>): number => {
  let speakers = 0;
  for (const room of all.values()) speakers += room.selector.forwardedCount;
  return speakers;
};

const kindOf = ({ shadow, movedAway, grants }: Member): ParticipantKind => {
  if (shadow || movedAway) return 'shadow';
  if (grants.hidden) return 'hidden';
  return grants.publish ? 'publisher' : 'listener';
};
