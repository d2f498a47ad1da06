import type { RoomState, RoomStats } from '@partyline/client';
import type { LineSample } from './line-history.ts';
import type { Verdict } from './verdict.ts';

export interface DiagnosticSources {
  state: RoomState;
  stats: RoomStats;
  samples: readonly LineSample[];
  verdict: Verdict;
  /** Whether voice is sent, and what is heard. */
  sound: Record<string, unknown>;
  browser: string;
  /** Epoch ms. */
  nowMs: number;
}

/** What somebody who looks into a bad line wants to see, as JSON: figures only, no names, no room, no token. */
export function diagnosticsOf(sources: DiagnosticSources): string {
  const { state, stats, samples, verdict, sound, browser, nowMs } = sources;
  const newestMs = samples.at(-1)?.atMs ?? 0;
  const { phase } = state;
  const facts = {
    partyline: 1,
    at: new Date(nowMs).toISOString(),
    browser,
    connection: { phase, ...('edge' in state && { edge: state.edge }) },
    sound,
    verdict,
    stats: { ...stats, speakers: stats.speakers.map(({ identity: _, ...figures }) => figures) },
    history: samples.map(({ atMs, ...sample }) => ({ secondsAgo: (newestMs - atMs) / 1_000, ...sample })),
  };
  return JSON.stringify(facts, rounded, 1);
}

/** Three digits after the point tell everything that is known. */
function rounded(_key: string, value: unknown): unknown {
  return typeof value === 'number' ? Math.round(value * 1_000) / 1_000 : value;
}
