import type { Shape } from './shape.ts';

const voice = { talkShare: 1, intervalMs: 20 };

/** A meeting or a class: five talk, three hundred listen. */
export const meeting: Shape = { name: '5x300', rooms: 1, publishers: 5, listeners: 300, ...voice };
/** A stage: three talk, nine hundred listen. */
export const stage: Shape = { name: '3x900', rooms: 1, publishers: 3, listeners: 900, ...voice };
/** Many small calls, in which a fifth of the people talk. */
export const calls: Shape = {
  name: '300 rooms of 4',
  rooms: 300,
  publishers: 4,
  listeners: 0,
  talkShare: 0.2,
  intervalMs: 20,
};
