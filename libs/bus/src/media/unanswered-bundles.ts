import type { Lane } from './lane.ts';

/** A bundle that was handed to the bus and not answered yet. */
export interface HandedBundle {
  /** By which of the link's channels. */
  readonly which: number;
  readonly bytes: number;
  readonly frames: number;
  readonly atMs: number;
}

/** The bundles of one link that wait for an answer, oldest first; what they take of their lanes is kept with them. */
export class UnansweredBundles {
  readonly #lanes: readonly Lane[];
  readonly #handed: HandedBundle[] = [];
  readonly #counts = [0, 0];

  constructor(lanes: readonly Lane[]) {
    this.#lanes = lanes;
  }

  get size(): number {
    return this.#handed.length;
  }

  /** How many went by this channel. */
  count(which: number): number {
    return this.#counts[which]!;
  }

  add(which: number, bytes: number, frames: number, atMs: number): HandedBundle {
    const handed = { which, bytes, frames, atMs };
    this.#handed.push(handed);
    this.#counts[which]! += 1;
    this.#lanes[which]!.unansweredBytes += bytes;
    return handed;
  }

  /** Takes one out; false if it was taken out before. */
  settle(handed: HandedBundle): boolean {
    const at = this.#handed.indexOf(handed);
    if (at < 0) return false;
    // Answers come in order, mostly.
    if (at === 0) this.#handed.shift();
    else this.#handed.splice(at, 1);
    this.#counts[handed.which]! -= 1;
    this.#lanes[handed.which]!.unansweredBytes -= handed.bytes;
    return true;
  }

  /** Takes out those handed over until then; returns how many. */
  giveUp(untilMs: number): number {
    let given = 0;
    while (this.#handed.length > 0 && this.#handed[0]!.atMs <= untilMs) {
      this.settle(this.#handed[0]!);
      given += 1;
    }
    return given;
  }

  /** When the oldest that went by this channel was handed over; undefined when none is open. */
  oldestAtMs(which: number): number | undefined {
    if (this.#counts[which] === 0) return undefined;
    return this.#handed.find((handed) => handed.which === which)?.atMs;
  }
}
