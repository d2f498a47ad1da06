import type { VoiceWindow } from '../recording/good-voice.ts';
import type { AlertRule, GroupOf } from '../rule.ts';

/** The objective: this share of all voice heard in 30 days is good. */
const OBJECTIVE = 0.99;
/** Voice heard per second below which a bad second says nothing about the cluster: half a conversation. */
const LEAST_VOICE = 0.5;

/** Burns `factor` times as fast as lasts 30 days, in a long window and, so that it clears soon, in a short one. */
const burns = (factor: number, long: VoiceWindow, short: VoiceWindow): string => {
  const bad = Number((factor * (1 - OBJECTIVE)).toFixed(4));
  return [
    `1 - partyline:good_voice:ratio_rate${long} > ${bad}`,
    `and 1 - partyline:good_voice:ratio_rate${short} > ${bad}`,
    `and partyline:voice_seconds:rate${short} > ${LEAST_VOICE}`,
  ].join(' ');
};

const shared = {
  runbook: 'good-voice-minutes-are-burning',
  dashboard: 'overview',
} as const;
const SHARE = '{{ $value | humanizePercentage }}';

/** Multi-window, multi-burn-rate alerts on the objective of good voice minutes. */
export const goodVoiceAlerts: GroupOf<AlertRule> = () => ({
  name: 'partyline-good-voice-alerts',
  rules: [
    {
      ...shared,
      alert: 'PartylineGoodVoiceBurnsFast',
      expr: burns(14.4, '1h', '5m'),
      forMinutes: 2,
      severity: 'page',
      summary: `${SHARE} of the voice heard in {{ $labels.cluster }} is late or broken.`,
      description:
        'Over an hour, and still over the last five minutes, more than 14.4 % of the voice that people heard was late or broken. At this rate the budget of 30 days (1 %) is used up in two days.',
    },
    {
      ...shared,
      alert: 'PartylineGoodVoiceBurnsSlowly',
      expr: burns(6, '6h', '30m'),
      forMinutes: 15,
      severity: 'page',
      summary: `${SHARE} of the voice heard in {{ $labels.cluster }} has been late or broken for hours.`,
      description:
        'Over six hours, and still over the last half hour, more than 6 % of the voice that people heard was late or broken. At this rate the budget of 30 days (1 %) is used up in five days.',
    },
    {
      ...shared,
      alert: 'PartylineGoodVoiceBudgetErodes',
      expr: `(${burns(3, '1d', '2h')}) or (${burns(1, '3d', '6h')})`,
      forMinutes: 60,
      severity: 'ticket',
      summary: `${SHARE} of the voice heard in {{ $labels.cluster }} is late or broken, day after day.`,
      description:
        'More than 3 % of the voice heard in a day, or more than 1 % of that heard in three days, was late or broken: the objective of 99 % in 30 days will be missed.',
    },
  ],
});
