import type { AlertRule, GroupOf } from '../rule.ts';

/** Not 2: `increase` extrapolates to the ends of its range, and twice comes out as a little more. */
const MORE_THAN_TWICE = 2.5;
const COUNT = '{{ $value | humanize }}';
const HERE = '{{ $labels.region }} of {{ $labels.cluster }}';

/** Pairs of a region and its own Redis; the name of a Redis is that of its region. */
const OWN =
  'label_replace(group by (cluster, region) (partyline:redis_down:sum), "redis", "$1", "region", "(.+)")';
const ownDown = `(partyline:redis_down:sum{redis!="control"} > 0 and on (cluster, region, redis) ${OWN})`;
const stalls = (metric: string, range: string): string =>
  `sum by (cluster, region) (increase(${metric}[${range}])) > ${MORE_THAN_TWICE}`;

/** Redis and the bus. */
export const engineAlerts: GroupOf<AlertRule> = (span) => ({
  name: 'partyline-engine-alerts',
  rules: [
    {
      alert: 'PartylineBusDown',
      expr: 'partyline:bus_down:sum > 0',
      forMinutes: 1,
      severity: 'page',
      summary: `${COUNT} processes of ${HERE} are off the bus ({{ $labels.bus }}).`,
      description:
        'Nothing goes to or comes from other edges there: people of different edges do not hear each other. Within an edge everything goes on.',
      runbook: 'redis-of-a-region-is-gone',
      dashboard: 'directory',
    },
    {
      alert: 'PartylineRedisDown',
      expr: ownDown,
      forMinutes: 1,
      severity: 'page',
      summary: `${COUNT} processes of ${HERE} are without their Redis.`,
      description:
        'Calls go on within edges; nobody new gets in, and moderation waits. If it is one process only, that one is cut off.',
      runbook: 'redis-of-a-region-is-gone',
      dashboard: 'directory',
    },
    {
      alert: 'PartylineControlRedisDown',
      expr: 'partyline:redis_down:sum{redis="control"} > 0',
      forMinutes: 5,
      severity: 'ticket',
      summary: `${COUNT} processes of ${HERE} are without the control Redis.`,
      description: 'Every region is asked about every room: joins take up to a second longer while it hangs.',
      runbook: 'the-control-redis-is-gone',
      dashboard: 'directory',
    },
    {
      alert: 'PartylineRegionUnreachable',
      // Not when the other region's own processes miss that Redis too: then it is down, and that is told already.
      expr: `partyline:redis_down:sum{redis!="control"} > 0 unless on (cluster, region, redis) ${OWN} unless on (cluster, redis) ${ownDown}`,
      forMinutes: 2,
      severity: 'page',
      summary: `${COUNT} processes of ${HERE} do not reach the Redis of {{ $labels.redis }}.`,
      description:
        'Its own region reaches it, so the way there is cut: people of the two regions do not hear each other.',
      runbook: 'regions-cannot-reach-each-other',
      dashboard: 'directory',
    },
    {
      alert: 'PartylineRedisStalls',
      expr: [
        stalls('partyline_bus_stalls_total', span(15)),
        stalls('partyline_edge_redis_stalls_total', span(15)),
        stalls('partyline_directory_redis_stalls_total', span(15)),
      ].join(' or '),
      forMinutes: 0,
      severity: 'ticket',
      summary: `Redis of ${HERE} did not answer ${COUNT} times for a second.`,
      description:
        'Connections were ended because nothing was answered for 1 s: frozen, swapping, or far too slow.',
      runbook: 'redis-is-frozen-or-slow',
      dashboard: 'directory',
    },
    {
      alert: 'PartylineSubscribersCut',
      expr: `sum by (cluster, region, edge) (increase(partyline_bus_cuts_total[${span(30)}])) > ${MORE_THAN_TWICE}`,
      forMinutes: 0,
      severity: 'ticket',
      summary: `Redis cut the subscriber of edge {{ $labels.edge }} off ${COUNT} times.`,
      description:
        'The edge reads its channels more slowly than others publish; each cut is a gap in what it hears.',
      runbook: 'a-subscriber-is-cut-off-by-its-output-buffer-limit',
      dashboard: 'edges',
    },
    {
      alert: 'PartylineClockSkew',
      expr: 'max by (cluster, region) (partyline_peer_clock_offset_seconds) > 1',
      forMinutes: 5,
      severity: 'ticket',
      summary: `Clocks of nodes of {{ $labels.cluster }} are {{ $value | humanizeDuration }} apart, as seen in {{ $labels.region }}.`,
      description: "Voice is not late for it, but tickets and access tokens expire by each node's own clock.",
      runbook: 'clocks-of-nodes-are-apart',
      dashboard: 'edges',
    },
  ],
});
