import { TICKET_GRACE_SECONDS } from '@partyline/tokens';
import type { EdgeCounters } from '../counters.ts';
import { MAX_USED_TICKETS } from '../limits.ts';

export interface UsedTicket {
  /** The highest that was seen. */
  generation: number;
  /** Proves that a hello with the same ticket comes from the session that used it. */
  resumeKey: string;
  /** No ticket of that generation is good for anything after this, in epoch ms. */
  forgetAtMs: number;
}

/** Remembers which tickets opened a session here, as long as they could be shown again. */
export class UsedTickets {
  readonly #used = new Map<string, UsedTicket>();
  readonly #counters: EdgeCounters;

  constructor(counters: EdgeCounters) {
    this.#counters = counters;
  }

  get size(): number {
    return this.#used.size;
  }

  find(room: string, streamId: number): UsedTicket | undefined {
    return this.#used.get(key(room, streamId));
  }

  /** @param expiresAtMs of the newest ticket of that session, in epoch ms */
  remember(room: string, streamId: number, generation: number, resumeKey: string, expiresAtMs: number): void {
    const name = key(room, streamId);
    // Deleted first, so that the map's order is that of use and the oldest goes first.
    this.#used.delete(name);
    this.#used.set(name, { generation, resumeKey, forgetAtMs: expiresAtMs + TICKET_GRACE_SECONDS * 1_000 });
    if (this.#used.size > MAX_USED_TICKETS) {
      for (const oldest of this.#used.keys()) {
        this.#used.delete(oldest);
        this.#counters.forgottenTickets += 1;
        break;
      }
    }
  }

  /** The session got a newer ticket of the same generation. */
  prolong(room: string, streamId: number, expiresAtMs: number): void {
    const used = this.find(room, streamId);
    if (used !== undefined) this.remember(room, streamId, used.generation, used.resumeKey, expiresAtMs);
  }

  /** Forgets what has lost its meaning. Call it every minute or so. */
  sweep(nowMs: number): void {
    for (const [name, used] of this.#used) if (used.forgetAtMs < nowMs) this.#used.delete(name);
  }
}

// A room's name holds no space, so that no two pairs share a key.
const key = (room: string, streamId: number): string => `${room} ${streamId}`;
