import type { GroupOf, RecordingRule } from '../rule.ts';
import { DAY, HOUR, type Span } from '../span.ts';

/** Windows of the objective, by the names that they have in production. */
const VOICE_WINDOWS = [
  ['5m', 5],
  ['30m', 30],
  ['1h', HOUR],
  ['2h', 2 * HOUR],
  ['6h', 6 * HOUR],
  ['1d', DAY],
  ['3d', 3 * DAY],
] as const;

export type VoiceWindow = (typeof VOICE_WINDOWS)[number][0];

const heard = (by: string, range: string): string =>
  `sum by (${by}) (rate(partyline_voice_seconds_total[${range}]))`;
const good = (by: string, range: string): string =>
  `sum by (${by}) (rate(partyline_voice_seconds_total{verdict="good"}[${range}]))`;

const ofWindow = (span: Span, name: string, minutes: number): RecordingRule[] => [
  { record: `partyline:voice_seconds:rate${name}`, expr: heard('cluster', span(minutes)) },
  {
    record: `partyline:good_voice:ratio_rate${name}`,
    expr: `${good('cluster', span(minutes))} / (partyline:voice_seconds:rate${name} > 0)`,
  },
];

/** Of all voice that people heard, the share that was neither late nor broken; absent while nobody heard any. */
export const goodVoice: GroupOf<RecordingRule> = (span) => ({
  name: 'partyline-good-voice',
  rules: [
    ...VOICE_WINDOWS.flatMap(([name, minutes]) => ofWindow(span, name, minutes)),
    ...VOICE_WINDOWS.filter(([name]) => name === '5m' || name === '1h').map(([name, minutes]) => ({
      record: `partyline:region_good_voice:ratio_rate${name}`,
      expr: `${good('cluster, region', span(minutes))} / (${heard('cluster, region', span(minutes))} > 0)`,
    })),
  ],
});
