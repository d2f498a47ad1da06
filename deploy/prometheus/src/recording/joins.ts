import type { GroupOf, RecordingRule } from '../rule.ts';

/** Refusals that are the cluster's doing; others (a full room, a bad token) are answers. */
const CLUSTER_REFUSALS = 'no_edge|registry_unavailable|too_many_rooms|internal_error';

/** Whether people get in, and how soon. */
export const joins: GroupOf<RecordingRule> = (span) => {
  const rate = (selector: string): string =>
    `sum by (cluster, region) (rate(partyline_directory_joins_total{${selector}}[${span(5)}]))`;
  const requests = (selector: string): string =>
    `sum by (cluster, region) (rate(partyline_directory_request_duration_seconds_count${selector}[${span(5)}]))`;
  return {
    name: 'partyline-joins',
    rules: [
      {
        // Those that the cluster had to let in.
        record: 'partyline:joins:rate5m',
        expr: `${rate('outcome="accepted"')} + ${rate(`outcome="refused",reason=~"${CLUSTER_REFUSALS}"`)}`,
      },
      {
        record: 'partyline:joins_succeeded:ratio5m',
        expr: `${rate('outcome="accepted"')} / (partyline:joins:rate5m > 0)`,
      },
      ...(
        [
          ['p50', 0.5],
          ['p95', 0.95],
        ] as const
      ).map(([name, share]) => ({
        record: `partyline:join_duration_seconds:${name}`,
        expr: `histogram_quantile(${share}, sum by (cluster, region, stage, source, le) (rate(partyline_join_duration_seconds_bucket[${span(5)}]))) >= 0`,
      })),
      { record: 'partyline:requests:rate5m', expr: requests('') },
      {
        // Routes that answered an error of the server's; without any there is no such series, hence the zero.
        record: 'partyline:requests_failed:ratio5m',
        expr: `(${requests('{status=~"5.."}')} or 0 * partyline:requests:rate5m) / (partyline:requests:rate5m > 0)`,
      },
    ],
  };
};
