import type { Clock, ClusterClock } from './clock.ts';
import { ClockEstimate } from './clock-estimate.ts';

/** How fast a difference between two edges' clocks is made up for after a move, ms of time a ms. */
const SLEW = 0.005;
/** Clocks further apart than this are not two edges that disagree: this machine slept, or its clock stood still. */
const MAX_CARRY_MS = 10_000;

/**
 * Cluster time as the edge of the session has it. After a move within a call the clock does not jump by what
 * two edges disagree: capture times of one stream would jump with it, and every listener's play-out. It glides.
 */
export class ClockSync implements ClusterClock {
  readonly #clock: Clock;
  #followed: ClockEstimate;
  /** What the clock was ahead of the followed edge's at `#carryAtMs`; it shrinks with time. */
  #carryMs = 0;
  #carryAtMs = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#followed = new ClockEstimate('', clock);
  }

  get offsetMs(): number {
    return this.#followed.offsetMs + this.#carried();
  }

  /** Newest round trip to the edge of the session; undefined before the first. */
  get rttMs(): number | undefined {
    return this.#followed.rttMs;
  }

  /** Whether a ping has been answered on this edge; before, the offset is a rough guess. */
  get inStep(): boolean {
    return this.#followed.inStep;
  }

  now(): number {
    return this.#clock.now() + this.offsetMs;
  }

  toCluster(localMs: number): number {
    return localMs + this.offsetMs;
  }

  /** The estimate for a new connection: it goes on with what is known of the same edge. */
  estimate(edge: string): ClockEstimate {
    const estimate = edge === this.#followed.edge ? this.#followed : new ClockEstimate(edge, this.#clock);
    estimate.connected();
    return estimate;
  }

  /** @param glide reach the other edge's clock little by little, as voice goes on meanwhile */
  follow(estimate: ClockEstimate, glide: boolean): void {
    if (estimate === this.#followed) return;
    const aheadMs = this.#followed.inStep ? this.offsetMs - estimate.offsetMs : 0;
    this.#carryMs = glide && Math.abs(aheadMs) <= MAX_CARRY_MS ? aheadMs : 0;
    this.#carryAtMs = this.#clock.now();
    this.#followed = estimate;
  }

  #carried(): number {
    if (this.#carryMs === 0) return 0;
    const leftMs = Math.abs(this.#carryMs) - (this.#clock.now() - this.#carryAtMs) * SLEW;
    if (leftMs > 0) return Math.sign(this.#carryMs) * leftMs;
    this.#carryMs = 0;
    return 0;
  }
}
