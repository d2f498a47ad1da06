import type { PartylineError } from './errors.ts';
import type { RoomState } from './room-types.ts';

/** What may happen to a connection. */
export type ConnectionEvent =
  | { type: 'joining' }
  | { type: 'connecting'; edge: string }
  | { type: 'welcomed'; edge: string }
  | { type: 'ready' }
  | { type: 'lost'; attempt: number; delayMs: number; reason: PartylineError }
  | { type: 'ended'; reason: PartylineError | undefined };

export const INITIAL_STATE: RoomState = { phase: 'joining' };

/**
 * The next state, or the same object when the event means nothing in this state: a late answer of a
 * connection that was given up must not bring a closed room back to life.
 */
export const transition = (state: RoomState, event: ConnectionEvent): RoomState => {
  if (state.phase === 'closed') return state;
  switch (event.type) {
    case 'ended':
      return { phase: 'closed', reason: event.reason };
    case 'lost':
      return { phase: 'reconnecting', attempt: event.attempt, delayMs: event.delayMs, reason: event.reason };
    case 'ready':
      return state.phase === 'live' && !state.ready ? { ...state, ready: true } : state;
    case 'welcomed':
      return { phase: 'live', edge: event.edge, ready: false };
    case 'joining':
      // While reconnecting, joining and connecting are steps of one attempt and not worth showing.
      return state.phase === 'reconnecting' || state.phase === 'joining' ? state : { phase: 'joining' };
    case 'connecting':
      return state.phase === 'reconnecting' ? state : { phase: 'connecting', edge: event.edge };
  }
};
