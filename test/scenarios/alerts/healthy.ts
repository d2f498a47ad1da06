import { recordingRules } from '@partyline/prometheus';
import { type PanelQuery, panelQueries, withVariables } from '../../support/dashboards.ts';
import type { FiringAlert, Prometheus } from '../../support/prometheus.ts';
import { nowMs } from '../../support/raw-client.ts';
import { holdsWithin, until } from '../../support/wait.ts';
import { type AlertServices, CLUSTER, described, isOfBusyMachine, relevant } from './services.ts';

/** Long enough for every range of five minutes, scaled, to be full, and for receiver reports to have come. */
const DATA_WITHIN_MS = 45_000;
/** The shorter windows of good voice, scaled, and what they wait. */
const QUIET_WITHIN_MS = 75_000;

/** Queries that have no data in a healthy call, and why. */
const EMPTY: readonly { query: RegExp; why: string }[] = [
  { query: /^ALERTS\{/, why: 'nothing fires; it is asked again while something does' },
  { query: /\bk6_/, why: 'k6 sends these itself, during a soak test' },
  { query: /\bpartyline_recorder_/, why: 'there is no recorder here: scenario recording has some' },
];

/** What Grafana would put in place of variables: everything of this cluster, over the last minute. */
const VARIABLES = {
  cluster: CLUSTER,
  region: '.+',
  edge: '.+',
  directory: '.+',
  pair: 'from_region=~".+",to_region=~".+"',
  __rate_interval: '10s',
  __interval: '5s',
  __range: '60s',
};

/** Every rule is evaluated without an error. */
const expectRulesWork = async ({ prometheus, checks }: AlertServices): Promise<number> => {
  await until(
    'every rule to be evaluated',
    async () => (await prometheus.rules()).every(({ evaluated }) => evaluated),
    20_000,
  );
  const rules = await prometheus.rules();
  for (const { name, error } of rules) checks.expect(error === '', `${name}: ${error}`);
  return rules.length;
};

/** Whether an expression has a value that is a number. */
const hasData = async (prometheus: Prometheus, expr: string): Promise<boolean> =>
  (await prometheus.query(expr)).some(({ value }) => Number.isFinite(value));

/** Looks at all of these again and again, while people come and go, until each had data. */
const withoutData = async (
  { prometheus, call }: AlertServices,
  queries: readonly PanelQuery[],
): Promise<PanelQuery[]> => {
  let left = [...queries];
  await holdsWithin(
    async () => {
      await call.visit();
      const looked = await Promise.all(left.map(async ({ expr }) => hasData(prometheus, expr)));
      left = left.filter((_, index) => !looked[index]);
      return left.length === 0;
    },
    DATA_WITHIN_MS,
    200,
  );
  return left;
};

/**
 * Nothing fires, nor did at any time until now. What a busy machine brings about, such as late voice while a call
 * begins, is told and has to be over.
 */
const expectSilence = async ({ context, checks, prometheus }: AlertServices): Promise<void> => {
  let firing: FiringAlert[] = [];
  await holdsWithin(
    async () => {
      firing = relevant(context, await prometheus.alerts());
      return firing.length === 0;
    },
    QUIET_WITHIN_MS,
    250,
  );
  checks.expect(
    firing.length === 0,
    `on the healthy cluster there fires ${firing.map(described).join(', ')}`,
  );
  const ever = await prometheus.query('count_over_time(ALERTS{alertstate="firing"}[1h])');
  for (const { labels } of ever) {
    const alert = described({ name: labels.alertname ?? '', labels, annotations: {} });
    if (isOfBusyMachine(labels.alertname ?? '')) context.say(`for a while there fired ${alert}`);
    else checks.expect(false, `on the healthy cluster there fired ${alert}`);
  }
};

/** In a call in which nothing is wrong rules and dashboards have data, and nothing fires. */
export const healthy = async (
  services: AlertServices,
): Promise<{ rules: number; recorded: number; queries: number }> => {
  const { checks, call } = services;
  const flows = await holdsWithin(() => call.flowsSince(nowMs() - 500), 15_000);
  checks.expect(flows, 'the call did not get under way');
  const rules = await expectRulesWork(services);

  const recorded = [...new Set(recordingRules().map(({ record }) => record))];
  const named = recorded.map((expr) => ({ panel: 'recorded', expr }));
  for (const { expr } of await withoutData(services, named)) {
    checks.expect(false, `${expr} has no data in a healthy call`);
  }

  const queries = panelQueries();
  checks.expect(queries.length > 0, 'there are no dashboards in deploy/grafana/dashboards');
  const ready = queries
    .filter(({ expr }) => !EMPTY.some(({ query }) => query.test(expr)))
    .map(({ panel, expr }) => ({ panel, expr: withVariables(expr, VARIABLES) }));
  for (const { panel, expr } of await withoutData(services, ready)) {
    checks.expect(false, `the panel "${panel}" is empty in a healthy call: ${expr}`);
  }

  await expectSilence(services);
  checks.expect(rules > recorded.length, 'Prometheus has no alerts');
  return { rules, recorded: recorded.length, queries: queries.length };
};
