import { CODEC_FORMATS } from '@partyline/protocol';

/** What anybody can decode of whom nobody listens to. */
const ALL: readonly number[] = Object.values(CODEC_FORMATS).sort((a, b) => a - b);

/** Counts which codecs the listeners of a room can decode, so that what they have in common is known at any time. */
export class CodecCensus {
  readonly #counts = new Map<number, number>();
  #listeners = 0;
  #common: readonly number[] | undefined;

  add(codecs: readonly number[]): void {
    this.#listeners += 1;
    this.#change(codecs, 1);
  }

  remove(codecs: readonly number[]): void {
    this.#listeners -= 1;
    this.#change(codecs, -1);
  }

  /** What all of them can decode, in order; undefined while nobody listens. The same array until it changes. */
  get common(): readonly number[] | undefined {
    if (this.#listeners === 0) return undefined;
    this.#common ??= [...this.#counts]
      .filter(([, count]) => count === this.#listeners)
      .map(([id]) => id)
      .sort((a, b) => a - b);
    return this.#common;
  }

  #change(codecs: readonly number[], by: 1 | -1): void {
    // Twice the same counts once, or it would be more than there are listeners.
    for (const id of new Set(codecs)) {
      const count = (this.#counts.get(id) ?? 0) + by;
      if (count === 0) this.#counts.delete(id);
      else this.#counts.set(id, count);
    }
    this.#common = undefined;
  }
}

/** What is in all of these lists; everything where there is none. */
export const commonCodecs = (lists: readonly (readonly number[])[]): readonly number[] => {
  const [first = ALL, ...others] = lists;
  if (others.length === 0) return first;
  return first.filter((id) => others.every((list) => list.includes(id)));
};
