import type { DelaySample } from './delay.ts';
import { median } from './timeline.ts';

/** What a page's `getStats()` said of the one whom it hears, and when (epoch ms). */
export interface Claim {
  atMs: number;
  mouthToEarMs: number;
  playoutMs: number;
}

/**
 * How far a listener's claims are from what was measured, in ms: each piece of speech against what was claimed
 * while it was heard, as buffers grow and shrink during a call.
 */
export const disagreementMs = (delays: readonly DelaySample[], claims: readonly Claim[]): number =>
  median(
    delays.flatMap(({ atMs, delayMs }) => {
      const heardAtMs = atMs + delayMs;
      const meanwhile = claims.filter((claim) => claim.atMs >= heardAtMs && claim.atMs <= heardAtMs + 1_000);
      return meanwhile.length === 0 ? [] : [median(meanwhile.map((claim) => claim.mouthToEarMs)) - delayMs];
    }),
  );
