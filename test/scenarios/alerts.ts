import { Expectations, type NamedRun, type RunContext, type RunOutcome } from '@partyline/harness';
import { renderRules } from '@partyline/prometheus';
import { EDGE_WITH_FAULTS } from '../support/faults/fault-injector.ts';
import { OtlpReceiver } from '../support/otlp/receiver.ts';
import { clusterTargets, Prometheus } from '../support/prometheus.ts';
import { type System, withSystem } from '../support/system.ts';
import { VoiceCall } from '../support/voice-call.ts';
import { WebhookReceiver } from '../support/webhook-receiver.ts';
import { type FaultTimes, tellsOf } from './alerts/fault.ts';
import { faultsOf } from './alerts/faults.ts';
import { healthy } from './alerts/healthy.ts';
import { CLUSTER, TIME_SCALE } from './alerts/services.ts';

const seconds = (ms: number): string => (ms / 1_000).toFixed(1);

const observed = async (context: RunContext, system: System, prometheus: Prometheus): Promise<RunOutcome> => {
  const checks = new Expectations();
  const call = await VoiceCall.begin(system, 'observed');
  const services = { context, checks, system, prometheus, call };
  const figures = await healthy(services);
  context.say(
    `${figures.rules} rules are evaluated, ${figures.recorded} series recorded, ${figures.queries} queries of dashboards answered.`,
  );
  const times: Record<string, FaultTimes> = {};
  for (const fault of faultsOf(system)) {
    context.say(`${fault.name} …`);
    times[fault.name] = await tellsOf(services, fault);
  }
  await call.end();
  context.table([
    ['fault', 'fires after s', 'clears after s'],
    ...Object.entries(times).map(([name, one]) => [name, seconds(one.firedMs), seconds(one.clearedMs)]),
  ]);
  return { ...checks.outcome, ...figures, times };
};

/** A real Prometheus reads a cluster with the rules of production, at a thirtieth of their time. */
export const run: NamedRun = {
  name: 'alerts',
  about:
    'Prometheus reads a cluster: every rule and every query of the dashboards has data, alerts fire for faults and clear.',
  floor: 'exact',
  aim: 'exact',
  run: async (context) => {
    // With events and traces on, so that whatever shows them has something to show.
    const [receiver, traces] = [await WebhookReceiver.start(), await OtlpReceiver.start()];
    const directoryEnv = { PARTYLINE_WEBHOOK_URLS: receiver.url, PARTYLINE_WEBHOOK_SECRET: receiver.secret };
    const edgeEnv = { FAULTS_SEED: context.options.get('seed') ?? '1' };
    const env = { PARTYLINE_OTLP_URL: traces.url };
    const cluster = { edgeProgram: EDGE_WITH_FAULTS, env, edgeEnv, directoryEnv };
    try {
      return await withSystem({ shape: 'cluster', cluster }, async (system) => {
        const prometheus = await Prometheus.start({
          targets: clusterTargets(system.cluster, CLUSTER),
          rules: renderRules({ timeScale: TIME_SCALE }),
        });
        try {
          return await observed(context, system, prometheus);
        } finally {
          await prometheus.stop();
        }
      });
    } finally {
      await Promise.all([receiver.stop(), traces.stop()]);
    }
  },
};
