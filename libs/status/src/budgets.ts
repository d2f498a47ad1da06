/** How a hop does, against its budget; `idle` without anything to judge. */
export type Grade = 'idle' | 'good' | 'watch' | 'bad';

/** Seconds that 95 of 100 frames should stay below: over the first it is worth a look, over the second people notice. */
export interface Budget {
  watchSeconds: number;
  badSeconds: number;
}

/**
 * What each part of the way may take. Together the parts of a way over an ocean stay about below the 400 ms from which on people
 * talk over each other.
 */
const BUDGETS: Readonly<Record<string, Budget>> = {
  capture: { watchSeconds: 0.08, badSeconds: 0.15 },
  uplink: { watchSeconds: 0.075, badSeconds: 0.15 },
  edge: { watchSeconds: 0.012, badSeconds: 0.03 },
  bus: { watchSeconds: 0.015, badSeconds: 0.05 },
  busAcross: { watchSeconds: 0.15, badSeconds: 0.25 },
  downlink: { watchSeconds: 0.08, badSeconds: 0.2 },
  playout: { watchSeconds: 0.15, badSeconds: 0.25 },
  mouth_to_ear: { watchSeconds: 0.25, badSeconds: 0.4 },
};

/** Share of frames lost: from the first on it is worth a look, from the second on people notice. */
export const LOSS_BUDGET = { watch: 0.005, bad: 0.02 } as const;

/** @param isAcross whether the hop goes from one region to another */
export const budgetOf = (hop: string, isAcross: boolean): Budget =>
  BUDGETS[hop === 'bus' && isAcross ? 'busAcross' : hop] ?? BUDGETS.mouth_to_ear!;

export const latencyGrade = (p95Seconds: number | undefined, budget: Budget): Grade => {
  if (p95Seconds === undefined) return 'idle';
  if (p95Seconds > budget.badSeconds) return 'bad';
  return p95Seconds > budget.watchSeconds ? 'watch' : 'good';
};

export const lossGrade = (share: number): Grade => {
  if (share >= LOSS_BUDGET.bad) return 'bad';
  return share >= LOSS_BUDGET.watch ? 'watch' : 'good';
};

const ORDER: readonly Grade[] = ['idle', 'good', 'watch', 'bad'];

export const worseGrade = (one: Grade, other: Grade): Grade =>
  ORDER.indexOf(one) > ORDER.indexOf(other) ? one : other;
