import { nowMs } from '../../support/raw-client.ts';
import { holdsWithin } from '../../support/wait.ts';
import { type AlertServices, CLUSTER, described, relevant } from './services.ts';

/** Something that is broken and mended again, and what has to be told of it. */
export interface Fault {
  name: string;
  /** Alerts that must fire, with the labels that say what it is about. */
  fires: readonly { alert: string; labels: Readonly<Record<string, string>> }[];
  /** What may fire beside: other views of the same fault. */
  beside: readonly string[];
  break(): Promise<void>;
  mend(): Promise<void>;
}

export interface FaultTimes {
  /** Until the last of its alerts fired, in ms. */
  firedMs: number;
  /** From the repair until none fired any more, in ms. */
  clearedMs: number;
}

const FIRES_WITHIN_MS = 60_000;
const CLEARS_WITHIN_MS = 90_000;
const LOOK_EVERY_MS = 250;

/** Breaks it, waits for the alerts, looks at what they say, mends it, and waits for silence. */
export const tellsOf = async (services: AlertServices, fault: Fault): Promise<FaultTimes> => {
  const { context, checks, prometheus } = services;
  const missing = new Set(fault.fires);
  const strange = new Set<string>();
  const expected = [...fault.fires.map(({ alert }) => alert), ...fault.beside];

  await fault.break();
  const brokenAtMs = nowMs();
  const fired = await holdsWithin(
    async () => {
      const alerts = await prometheus.alerts();
      for (const wanted of missing) {
        const found = alerts.find(
          ({ name, labels }) =>
            name === wanted.alert &&
            Object.entries(wanted.labels).every(([key, value]) => labels[key] === value),
        );
        if (found === undefined) continue;
        missing.delete(wanted);
        const words = Object.values(found.annotations).join(' ');
        checks.expect(!/<no value>|error expanding|%!/.test(words), `${wanted.alert} says: ${words}`);
      }
      for (const alert of relevant(context, alerts)) {
        if (!expected.includes(alert.name)) strange.add(described(alert));
      }
      return missing.size === 0;
    },
    FIRES_WITHIN_MS,
    LOOK_EVERY_MS,
  );
  const firedMs = nowMs() - brokenAtMs;
  const late = [...missing].map(({ alert }) => alert).join(', ');
  checks.expect(fired, `${fault.name}: ${late} did not fire`);
  checks.expect(strange.size === 0, `${fault.name}: there fired ${[...strange].join(', ')} as well`);

  const shown = await prometheus.query(`ALERTS{alertstate="firing",cluster="${CLUSTER}"}`);
  checks.expect(shown.length > 0, `${fault.name}: a dashboard would show no alert`);

  await fault.mend();
  const mendedAtMs = nowMs();
  let left: string[] = [];
  const cleared = await holdsWithin(
    async () => {
      left = relevant(context, await prometheus.alerts()).map(described);
      return left.length === 0;
    },
    CLEARS_WITHIN_MS,
    LOOK_EVERY_MS,
  );
  checks.expect(cleared, `${fault.name}: after the repair there still fires ${left.join(', ')}`);
  return { firedMs, clearedMs: nowMs() - mendedAtMs };
};
