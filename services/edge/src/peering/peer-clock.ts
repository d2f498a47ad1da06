/** Samples kept: about half a minute of them. */
const SAMPLES = 32;
/** A round trip over this tells nothing useful. In ms. */
const MAX_ROUND_TRIP_MS = 10_000;

/**
 * How far a peer's clock is from this one's: of the recent samples that with the smallest round trip counts, as its
 * time on the way was least in doubt (RFC 5905, 8).
 */
export class PeerClock {
  readonly #samples: { offsetMs: number; roundTripMs: number }[] = [];
  #next = 0;
  #best: { offsetMs: number; roundTripMs: number } | undefined;

  /** The peer's clock minus this one's, in ms; undefined before the first sample. */
  get offsetMs(): number | undefined {
    return this.#best?.offsetMs;
  }

  /** The least round trip lately, in ms. */
  get roundTripMs(): number | undefined {
    return this.#best?.roundTripMs;
  }

  /**
   * Takes one exchange; false if its times cannot be.
   * @param t0 sent, by this clock
   * @param t1 received, by the peer's clock
   * @param t2 answered, by the peer's clock
   * @param t3 the answer received, by this clock
   */
  take(t0: number, t1: number, t2: number, t3: number): boolean {
    const roundTripMs = t3 - t0 - (t2 - t1);
    if (!(roundTripMs >= 0 && roundTripMs <= MAX_ROUND_TRIP_MS) || t2 < t1) return false;
    this.#samples[this.#next] = { offsetMs: (t1 - t0 + (t2 - t3)) / 2, roundTripMs };
    this.#next = (this.#next + 1) % SAMPLES;
    this.#best = this.#samples.reduce((best, sample) =>
      sample.roundTripMs < best.roundTripMs ? sample : best,
    );
    return true;
  }
}
