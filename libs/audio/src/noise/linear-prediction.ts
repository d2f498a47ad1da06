/**
 * Reflection coefficients of the all-pole model of a sound, by the recursion of Levinson and Durbin. Their sign is that of RFC 3389: the
 * first one is −r1/r0, and A(z) = 1 + Σ a z⁻ⁱ.
 * @param correlation autocorrelation at lags 0 … order
 * @param floor white noise added to it, as a part of its power
 */
export const reflectionsOf = (correlation: Float64Array, floor: number): number[] => {
  const order = correlation.length - 1;
  const a = new Float64Array(order + 1);
  const previous = new Float64Array(order + 1);
  const reflections: number[] = [];
  let error = correlation[0]! * (1 + floor);
  a[0] = 1;
  for (let m = 1; m <= order; m += 1) {
    let sum = 0;
    for (let i = 0; i < m; i += 1) sum += a[i]! * correlation[m - i]!;
    const k = error > 0 ? -sum / error : 0;
    reflections.push(k);
    previous.set(a);
    for (let i = 1; i <= m; i += 1) a[i] = previous[i]! + k * previous[m - i]!;
    error *= 1 - k * k;
  }
  return reflections;
};

/** The all-pole filter of reflection coefficients as a lattice, which stays stable while they change. */
export class LatticeSynthesis {
  readonly #backward: Float64Array;

  /** @param order most coefficients */
  constructor(order: number) {
    this.#backward = new Float64Array(order + 1);
  }

  /** The next output for the next input, 1/A(z). */
  next(input: number, reflections: Float64Array): number {
    const backward = this.#backward;
    let forward = input;
    for (let m = reflections.length - 1; m >= 0; m -= 1) {
      forward -= reflections[m]! * backward[m]!;
      backward[m + 1] = backward[m]! + reflections[m]! * forward;
    }
    backward[0] = forward;
    return forward;
  }

  reset(): void {
    this.#backward.fill(0);
  }
}
