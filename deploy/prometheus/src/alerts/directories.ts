import type { AlertRule, GroupOf } from '../rule.ts';

const SHARE = '{{ $value | humanizePercentage }}';
const COUNT = '{{ $value | humanize }}';
const HERE = '{{ $labels.region }} of {{ $labels.cluster }}';

const shared = { severity: 'ticket', dashboard: 'directory' } as const;

/** Directories: joins, API, moderation and webhooks. */
export const directoryAlerts: GroupOf<AlertRule> = (span) => {
  const increase = (metric: string, selector = ''): string =>
    `sum by (cluster, region) (increase(${metric}${selector}[${span(15)}]))`;
  const webhooks = (outcome: string): string =>
    increase('partyline_directory_webhooks_total', `{outcome=~"${outcome}"}`);
  const renewals = (outcome: string): string =>
    increase('partyline_ticket_renewals_total', `{outcome=~"${outcome}"}`);
  return {
    name: 'partyline-directory-alerts',
    rules: [
      {
        ...shared,
        alert: 'PartylineDirectoryDown',
        expr: 'up{job="partyline-directory"} == 0',
        forMinutes: 2,
        summary: `Directory {{ $labels.directory }} (${HERE}) does not answer Prometheus.`,
        description: 'The others do its work. Moderation that waited in its memory for a region is lost.',
        runbook: 'no-directory-answers',
      },
      {
        ...shared,
        alert: 'PartylineNoDirectory',
        expr: 'sum by (cluster) (up{job="partyline-directory"}) == 0',
        forMinutes: 1,
        severity: 'page',
        summary: 'No directory of {{ $labels.cluster }} answers.',
        description: 'Nobody new gets in. Calls go on, and lost connections come back.',
        runbook: 'no-directory-answers',
      },
      {
        ...shared,
        alert: 'PartylineJoinsFail',
        expr: 'partyline:joins_succeeded:ratio5m < 0.95 and partyline:joins:rate5m > 0.02',
        forMinutes: 5,
        severity: 'page',
        summary: `Only ${SHARE} of joins succeed (${HERE}).`,
        description:
          'The others were refused for a reason of the cluster: no edge with room, no registry, an error.',
        runbook: 'joins-fail-or-are-slow',
      },
      {
        ...shared,
        alert: 'PartylineJoinsSlow',
        expr: 'partyline:join_duration_seconds:p95{stage=~"directory|ready"} > 1',
        forMinutes: 10,
        summary: `Joins take {{ $value | humanizeDuration }} (p95, stage {{ $labels.stage }}, ${HERE}).`,
        description: 'One in twenty joins waits over a second for a directory, or for an edge to be ready.',
        runbook: 'joins-fail-or-are-slow',
      },
      {
        ...shared,
        alert: 'PartylineDirectoryErrors',
        expr: 'partyline:requests_failed:ratio5m > 0.05 and partyline:requests:rate5m > 0.1',
        forMinutes: 5,
        summary: `${SHARE} of API requests fail (${HERE}).`,
        description:
          'Answered 5xx: as a rule the registry is not there; otherwise a bug, which the log shows.',
        runbook: 'joins-fail-or-are-slow',
      },
      {
        ...shared,
        alert: 'PartylineTicketRenewalsFail',
        expr: `${renewals('failed')} / (${renewals('failed|renewed')} > 0) > 0.5`,
        forMinutes: 15,
        summary: `${SHARE} of ticket renewals fail (edges of ${HERE}).`,
        description:
          'Edges do not reach a directory. Who loses the connection after the grace of 15 minutes cannot come back.',
        runbook: 'no-directory-answers',
      },
      {
        ...shared,
        alert: 'PartylineModerationWaits',
        expr: 'sum by (cluster, region) (partyline_directory_moderation_waiting) + sum by (cluster, region) (partyline_directory_orders_waiting) > 0',
        forMinutes: 5,
        summary: `${COUNT} acts of moderation are not carried out everywhere (${HERE}).`,
        description:
          'A region, or an edge, has not taken them for five minutes. They wait in the memory of a directory.',
        runbook: 'regions-cannot-reach-each-other',
      },
      {
        ...shared,
        alert: 'PartylineWebhooksFail',
        expr: `${webhooks('failed')} / (${webhooks('failed|delivered')} > 0) > 0.5`,
        forMinutes: 15,
        summary: `${SHARE} of attempts to deliver webhooks fail (${HERE}).`,
        description:
          'A receiver does not answer 2xx within 5 s. Nothing is lost for 24 hours or 10,000 events.',
        runbook: 'webhooks-fail',
      },
      {
        ...shared,
        alert: 'PartylineWebhooksPile',
        expr: 'max by (cluster, region) (partyline_directory_webhooks_pending) > 1000',
        forMinutes: 15,
        summary: `${COUNT} events wait for a receiver of webhooks (${HERE}).`,
        description: 'At 10,000 the oldest are given up.',
        runbook: 'webhooks-fail',
      },
      {
        ...shared,
        alert: 'PartylineWebhookEventsLost',
        expr: `${webhooks('expired|overflow')} + ${increase('partyline_directory_events_dropped_total')} > 0`,
        forMinutes: 0,
        summary: `${COUNT} events never reached a receiver of webhooks (${HERE}).`,
        description: 'They were too old, or too many waited.',
        runbook: 'webhooks-fail',
      },
    ],
  };
};
