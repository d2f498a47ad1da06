import type { CodecFormat } from '@partyline/client';

/** A call that is predicted and then counted. */
export interface BudgetCase {
  readonly codec: CodecFormat;
  /** What `partyline budget` is told of it beside its size. */
  readonly words: readonly string[];
  readonly frameMs: 20 | 40 | 60;
  readonly participants: number;
  readonly talkers: number;
  /** Opus, bit/s that its encoder aims at; what it made of the speech is what the budget is told. */
  readonly bitrate?: number;
  readonly tls?: boolean;
  /** How many of the talkers are forwarded, where not all are. */
  readonly lastN?: number;
  readonly coalesceMs?: number;
}

/** Codecs with and without a constant rate, long frames, TLS; more who talk than are forwarded; frames that wait for each other. */
export const CASES: readonly BudgetCase[] = [
  { codec: 'pcmu/8000', words: ['pcmu'], frameMs: 20, participants: 5, talkers: 2 },
  { codec: 'g722/16000', words: ['g722'], frameMs: 40, participants: 4, talkers: 2 },
  { codec: 'l16/16000', words: ['l16'], frameMs: 20, participants: 3, talkers: 2 },
  { codec: 'speex/16000', words: ['speex'], frameMs: 60, participants: 4, talkers: 3 },
  { codec: 'opus/48000', words: ['opus'], frameMs: 20, participants: 6, talkers: 2, bitrate: 40_000 },
  {
    codec: 'opus/48000',
    words: ['opus', '--tls'],
    frameMs: 20,
    participants: 4,
    talkers: 2,
    bitrate: 24_000,
    tls: true,
  },
  { codec: 'pcma/16000', words: ['pcma/16000'], frameMs: 20, participants: 6, talkers: 4, lastN: 2 },
  { codec: 'pcma/8000', words: ['pcma'], frameMs: 20, participants: 6, talkers: 5, lastN: 5, coalesceMs: 12 },
  { codec: 'pcma/8000', words: ['pcma'], frameMs: 20, participants: 3, talkers: 1, coalesceMs: 30 },
];

/** As a row of the table calls it. */
export const nameOf = ({
  codec,
  frameMs,
  participants,
  talkers,
  tls,
  lastN,
  coalesceMs,
}: BudgetCase): string =>
  [
    `${codec} ${frameMs} ms, ${talkers} of ${participants}`,
    ...(tls === true ? ['TLS'] : []),
    ...(lastN === undefined ? [] : [`last ${lastN}`]),
    ...(coalesceMs === undefined ? [] : [`coalesced ${coalesceMs} ms`]),
  ].join(', ');
