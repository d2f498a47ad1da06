import { randomBytes, randomInt } from 'node:crypto';
import type { EdgeId, StreamId } from '@partyline/protocol';

export interface Seat {
  streamId: StreamId;
  resumeId: string;
  generation: number;
  edge: EdgeId;
  /** Counts against the room's limit until then, unless its member shows up first. */
  pendingUntilMs: number;
  claimedAtMs: number;
  /** When its participant was last known to be here. */
  seenAtMs: number;
}

/** Who may sit in one room, by identity. */
export class Seats {
  readonly #byIdentity = new Map<string, Seat>();
  readonly #streamIds = new Set<number>();

  get size(): number {
    return this.#byIdentity.size;
  }

  get(identity: string): Seat | undefined {
    return this.#byIdentity.get(identity);
  }

  values(): Iterable<Seat> {
    return this.#byIdentity.values();
  }

  forget(isOver: (seat: Seat) => boolean): void {
    for (const [identity, seat] of this.#byIdentity) if (isOver(seat)) this.delete(identity);
  }

  /** Gives `identity` this seat in place of the one it had. */
  set(identity: string, seat: Seat): void {
    this.delete(identity);
    this.#byIdentity.set(identity, seat);
    this.#streamIds.add(seat.streamId);
  }

  delete(identity: string): void {
    const seat = this.#byIdentity.get(identity);
    if (seat === undefined) return;
    this.#streamIds.delete(seat.streamId);
    this.#byIdentity.delete(identity);
  }

  isTaken(streamId: number): boolean {
    return this.#streamIds.has(streamId);
  }

  /** Random, so that a room that was forgotten and comes back does not hand out the ids of frames still on the way. */
  newStreamId(isInUse: (streamId: number) => boolean): StreamId {
    for (;;) {
      const streamId = randomInt(1, 0x1_0000_0000) as StreamId;
      if (!this.#streamIds.has(streamId) && !isInUse(streamId)) return streamId;
    }
  }
}

/** Not guessable: whoever knows it may resume the session. */
export const newResumeId = (): string => randomBytes(16).toString('base64url');
