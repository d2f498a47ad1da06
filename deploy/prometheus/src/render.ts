import { stringify } from 'yaml';
import { ALERT_GROUPS } from './alerts/index.ts';
import { RECORDING_GROUPS } from './recording/index.ts';
import type { AlertRule, RecordingRule, RuleGroup } from './rule.ts';
import { type Span, scaledSpan } from './span.ts';

export interface RenderOptions {
  /** What every time of the rules is multiplied by: 1, production, unless given. */
  timeScale?: number;
  /** Where the runbook is read; the file in this repository unless given. */
  runbookUrl?: string;
  /** Where Grafana is; links begin at its root unless given. */
  grafanaUrl?: string;
}

const HEAD = '# Written by `npm run rules` from deploy/prometheus/src. Do not edit.\n';

/**
 * The rules as files for Prometheus' `rule_files`, by file name.
 * @throws RangeError when the time scale is not positive
 */
export const renderRules = ({
  timeScale = 1,
  runbookUrl = 'docs/runbook.md',
  grafanaUrl = '',
}: RenderOptions = {}): Map<string, string> => {
  const span = scaledSpan(timeScale);
  const recording = RECORDING_GROUPS.map((group) => group(span)).map(({ name, rules }) => ({
    name,
    rules: rules.map(recordingRule),
  }));
  const alerts = ALERT_GROUPS.map((group) => group(span)).map(({ name, rules }) => ({
    name,
    rules: rules.map((rule) => alertRule(rule, span, { runbookUrl, grafanaUrl })),
  }));
  return new Map([
    ['recording-rules.yaml', file(recording)],
    ['alerts.yaml', file(alerts)],
  ]);
};

/** Every alert, as declared, with the ranges of production. */
export const alertRules = (): AlertRule[] => ALERT_GROUPS.flatMap((group) => group(scaledSpan(1)).rules);

/** Every recording rule, as declared, with the ranges of production. */
export const recordingRules = (): RecordingRule[] =>
  RECORDING_GROUPS.flatMap((group) => group(scaledSpan(1)).rules);

const file = (groups: readonly RuleGroup<object>[]): string =>
  HEAD + stringify({ groups }, { lineWidth: 0, singleQuote: true });

const recordingRule = ({ record, expr, labels }: RecordingRule): object => ({
  record,
  expr,
  ...(labels && { labels }),
});

const alertRule = (
  rule: AlertRule,
  span: Span,
  { runbookUrl, grafanaUrl }: Required<Pick<RenderOptions, 'runbookUrl' | 'grafanaUrl'>>,
): object => ({
  alert: rule.alert,
  expr: rule.expr,
  ...(rule.forMinutes > 0 && { for: span(rule.forMinutes) }),
  labels: { severity: rule.severity },
  annotations: {
    summary: rule.summary,
    description: rule.description,
    runbook_url: `${runbookUrl}#${rule.runbook}`,
    dashboard_url: `${grafanaUrl}/d/partyline-${rule.dashboard}?var-cluster={{ $labels.cluster }}{{ with $labels.region }}&var-region={{ . }}{{ end }}`,
  },
});
