import type { Expectations, RunContext } from '@partyline/harness';
import type { FiringAlert, Prometheus } from '../../support/prometheus.ts';
import type { System } from '../../support/system.ts';
import type { VoiceCall } from '../../support/voice-call.ts';

/** What each part works with. */
export interface AlertServices {
  context: RunContext;
  checks: Expectations;
  system: System;
  prometheus: Prometheus;
  call: VoiceCall;
}

/** Minutes of production last two seconds: ranges of five minutes still hold ten scrapes. */
export const TIME_SCALE = 1 / 30;
export const CLUSTER = 'scenario';

/** What a machine that is busy with something else brings about by itself: in CI it is shown, and does not fail. */
const OF_A_BUSY_MACHINE =
  /Late$|Lag$|Slow$|Saturated$|Playout|GoodVoice|UplinkLosesFrames|DownlinkLosesFrames/;

export const isOfBusyMachine = (alert: string): boolean => OF_A_BUSY_MACHINE.test(alert);

/** Alerts that the run has to answer for. */
export const relevant = (context: RunContext, alerts: readonly FiringAlert[]): FiringAlert[] =>
  alerts.filter(({ name }) => !context.ci || !isOfBusyMachine(name));

/** Such as `PartylineEdgeDown (region=eu, edge=eu-edge-1)`. */
export const described = ({ name, labels }: FiringAlert): string => {
  const own = Object.entries(labels).filter(([key]) => !['alertname', 'severity', 'cluster'].includes(key));
  return `${name} (${own.map(([key, value]) => `${key}=${value}`).join(', ')})`;
};
