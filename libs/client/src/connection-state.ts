import type { PartylineError } from './errors.ts';
import type { RoomState } from './room-types.ts';

/** What may happen to a connection. */
export type ConnectionEvent =
  | { type: 'joining' }
  | { type: 'connecting'; edge: string }
  | { type: 'welcomed'; edge: string }
  | { type: 'ready' }
  /** Another edge took over, without an interruption. */
  | { type: 'moved'; edge: string }
  /** The connection that had been taken for lost speaks again. */
  | { type: 'recovered'; edge: string }
  | { type: 'lost'; attempt: number; delayMs: number; reason: PartylineError }
  | { type: 'ended'; reason: PartylineError | undefined };

/**
 * The next state, or the same object when the event means nothing in this state: a late answer of a
 * connection that was given up must not bring a closed room back to life.
 */
const transition = (state: RoomState, event: ConnectionEvent): RoomState => {
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
    case 'moved':
      return { phase: 'live', edge: event.edge, ready: true };
    case 'recovered':
      return state.phase === 'reconnecting' ? { phase: 'live', edge: event.edge, ready: true } : state;
    case 'joining':
      // While reconnecting, joining and connecting are steps of one attempt and not worth showing.
      return state.phase === 'reconnecting' || state.phase === 'joining' ? state : { phase: 'joining' };
    case 'connecting':
      return state.phase === 'reconnecting' ? state : { phase: 'connecting', edge: event.edge };
  }
};

/** The state as it is shown, and told when it changes. */
export class ShownState {
  #value: RoomState = { phase: 'joining' };
  readonly #changed: (state: RoomState) => void;

  constructor(changed: (state: RoomState) => void) {
    this.#changed = changed;
  }

  get value(): RoomState {
    return this.#value;
  }

  apply(event: ConnectionEvent): void {
    const next = transition(this.#value, event);
    if (next === this.#value) return;
    this.#value = next;
    this.#changed(next);
  }
}
