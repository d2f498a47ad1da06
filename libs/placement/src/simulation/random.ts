/** A generator whose numbers follow from its seed (mulberry32): the same seed gives the same run. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** 0 inclusive … 1 exclusive. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 0x1_0000_0000;
  }

  /** 0 inclusive … `below` exclusive. */
  integer(below: number): number {
    return Math.floor(this.next() * below);
  }

  exponential(mean: number): number {
    return -mean * Math.log(1 - this.next());
  }
}
