import { PartylineError } from './errors.ts';
import type { RoomState } from './room-types.ts';

/** Lets callers wait for a condition that is looked at whenever something changed. */
export class Readiness {
  #waiting: (() => boolean)[] = [];

  /** @param ready whether it is so now; what it throws rejects the promise */
  wait(ready: () => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const settled = (): boolean => {
        try {
          if (!ready()) return false;
          resolve();
        } catch (error) {
          reject(error);
        }
        return true;
      };
      if (!settled()) this.#waiting.push(settled);
    });
  }

  /** Something changed. */
  check(): void {
    this.#waiting = this.#waiting.filter((settled) => !settled());
  }
}

/**
 * Whether a room is all there: live, with the speakers of other edges, and its clock in step.
 * @throws PartylineError why it is over, if it is
 */
export const isReady = (state: RoomState, clockInStep: boolean): boolean => {
  if (state.phase === 'closed') {
    throw state.reason ?? new PartylineError('aborted', 'The room was left before it was ready.');
  }
  return state.phase === 'live' && state.ready && clockInStep;
};
