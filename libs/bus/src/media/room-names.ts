const SLOTS = 2_048;

/**
 * Room names by their bytes, as a string made anew for every section would be most of what the section costs.
 * Each slot remembers the last name that fell into it.
 */
export class RoomNames {
  readonly #bytes: (Uint8Array | undefined)[] = new Array(SLOTS).fill(undefined);
  readonly #names: string[] = new Array(SLOTS).fill('');

  /** The name in `b` from `start` to `end`, which is ASCII. */
  get(b: Uint8Array, start: number, end: number): string {
    // FNV-1a, which spreads short names well enough.
    let hash = 0x811c9dc5;
    for (let i = start; i < end; i += 1) hash = Math.imul(hash ^ b[i]!, 0x01000193);
    const slot = (hash ^ (hash >>> 15)) & (SLOTS - 1);
    const known = this.#bytes[slot];
    if (known !== undefined && isSame(known, b, start, end)) return this.#names[slot]!;
    const copy = b.slice(start, end);
    const name = String.fromCharCode(...copy);
    this.#bytes[slot] = copy;
    this.#names[slot] = name;
    return name;
  }
}

const isSame = (known: Uint8Array, b: Uint8Array, start: number, end: number): boolean => {
  if (known.length !== end - start) return false;
  for (let i = 0; i < known.length; i += 1) if (known[i] !== b[start + i]) return false;
  return true;
};
