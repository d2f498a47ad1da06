import { MAX_SUBSCRIPTIONS } from '@partyline/protocol';
import { PartylineError } from './errors.ts';
import type { SubscriptionMode } from './room-types.ts';

/** What this listener asked for in particular: sent again after a reconnect. */
export class Subscriptions {
  readonly #modes = new Map<number, SubscriptionMode>();

  /** @throws PartylineError `invalid_option` above the protocol's limit of `always` */
  set(streamId: number, mode: SubscriptionMode): void {
    if (mode === 'auto') {
      this.#modes.delete(streamId);
      return;
    }
    let always = 0;
    for (const [id, kept] of this.#modes) if (kept === 'always' && id !== streamId) always += 1;
    if (mode === 'always' && always >= MAX_SUBSCRIPTIONS) {
      throw new PartylineError(
        'invalid_option',
        `At most ${MAX_SUBSCRIPTIONS} streams can be subscribed to; set another one to auto first.`,
      );
    }
    this.#modes.set(streamId, mode);
  }

  delete(streamId: number): void {
    this.#modes.delete(streamId);
  }

  get all(): ReadonlyMap<number, SubscriptionMode> {
    return this.#modes;
  }
}
