import type { PendingCounts } from '@partyline/placement';

/**
 * How long a join counts as not yet seen, in ms: to connect, and until the edge's next heartbeat has told.
 * Too long only makes edges look fuller than they are.
 */
const PENDING_MS = 2_500;
/** Joins remembered at once; beyond it the oldest are forgotten early. */
const MAX_PENDING = 50_000;

interface PendingJoin {
  edge: string;
  /** Edge and room as one key. */
  place: string;
  untilMs: number;
}

/** Joins that were just sent to an edge: its lease is up to a heartbeat old, and a class joins within a second. */
export class PendingJoins {
  readonly #queue: PendingJoin[] = [];
  /** Index of the oldest join; the queue is cut once half of it is behind. */
  #head = 0;
  readonly #edges = new Map<string, number>();
  readonly #places = new Map<string, number>();

  add(edge: string, room: string, nowMs: number): void {
    const place = placeKey(edge, room);
    this.#queue.push({ edge, place, untilMs: nowMs + PENDING_MS });
    change(this.#edges, edge, 1);
    change(this.#places, place, 1);
    if (this.#queue.length - this.#head > MAX_PENDING) this.#shift();
  }

  /** What is pending now. */
  counts(nowMs: number): PendingCounts {
    while (this.#head < this.#queue.length && this.#queue[this.#head]!.untilMs <= nowMs) this.#shift();
    return {
      onEdge: (edge) => this.#edges.get(edge) ?? 0,
      inRoom: (edge, room) => this.#places.get(placeKey(edge, room)) ?? 0,
    };
  }

  #shift(): void {
    const { edge, place } = this.#queue[this.#head]!;
    this.#head += 1;
    change(this.#edges, edge, -1);
    change(this.#places, place, -1);
    if (this.#head * 2 > this.#queue.length) {
      this.#queue.splice(0, this.#head);
      this.#head = 0;
    }
  }
}

const placeKey = (edge: string, room: string): string => `${edge}\n${room}`;

const change = (counts: Map<string, number>, key: string, by: number): void => {
  const count = (counts.get(key) ?? 0) + by;
  if (count === 0) counts.delete(key);
  else counts.set(key, count);
};
