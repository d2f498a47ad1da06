/** What has a sound of its own. */
export type ToneName = 'join' | 'leave' | 'message' | 'muted' | 'unmuted';

/** What others do sounds at most so often, however many they are, in ms. */
const OTHERS_EVERY_MS = 1_000;
/** One's own switch answers at once; this only keeps a key that repeats from buzzing, in ms. */
const OWN_EVERY_MS = 120;

const OWN: ReadonlySet<ToneName> = new Set(['muted', 'unmuted']);

/** Decides which events are heard: a crowd that comes is one sound a second, not thirty. */
export class ToneGate {
  #othersAtMs = Number.NEGATIVE_INFINITY;
  #ownAtMs = Number.NEGATIVE_INFINITY;

  /** @param nowMs any clock that only grows */
  passes(tone: ToneName, nowMs: number): boolean {
    if (OWN.has(tone)) {
      if (nowMs - this.#ownAtMs < OWN_EVERY_MS) return false;
      this.#ownAtMs = nowMs;
      return true;
    }
    if (nowMs - this.#othersAtMs < OTHERS_EVERY_MS) return false;
    this.#othersAtMs = nowMs;
    return true;
  }
}
