import { Expectations, type NamedRun, type RunContext, type RunOutcome } from '@partyline/harness';
import { type System, shapeAsked, withSystem } from '../support/system.ts';
import { WebhookReceiver } from '../support/webhook-receiver.ts';
import { chatting, closing, muting, subscribing } from './directories/across-edges.ts';
import { drained, hooks } from './directories/hooks.ts';
import type { Part, PartContext } from './directories/part.ts';
import { races } from './directories/races.ts';
import { removal, strayTickets } from './directories/tickets.ts';

/** Two of everything, so that any two can disagree. */
const REGIONS = [
  { name: 'eu', edges: 2, directories: 2 },
  { name: 'us', edges: 2, directories: 2 },
];
/** One after the other; those of a step at the same time, in rooms of their own. */
const STEPS: readonly Readonly<Record<string, Part>>[] = [
  { strayTickets },
  { races },
  { removal, muting, subscribing },
  { chatting, closing },
  { drained },
  { hooks },
];

const inCall = async (
  context: RunContext,
  system: System,
  receiver: WebhookReceiver,
): Promise<RunOutcome> => {
  const checks = new Expectations();
  const given: PartContext = { context, system, checks, receiver };
  const only = context.options.get('part')?.split(',');
  for (const step of STEPS) {
    const parts = Object.entries(step).filter(([name]) => only === undefined || only.includes(name));
    const beganAtMs = performance.now();
    await Promise.all(parts.map(([, part]) => part(given)));
    const seconds = ((performance.now() - beganAtMs) / 1_000).toFixed(1);
    if (parts.length > 0) context.say(`${parts.map(([name]) => name).join(', ')}: ${seconds} s`);
  }
  for (const fault of receiver.faults) checks.expect(false, fault);
  checks.expect(system.running, 'a process has ended');
  const repeated = receiver.events.length - receiver.distinct.length;
  context.say(
    `${checks.held} expectations held, ${receiver.distinct.length} webhooks, ${repeated} of them again`,
  );
  return { ...checks.outcome, webhooks: receiver.distinct.length, repeated };
};

/** What several directories and edges must agree on. */
export const run: NamedRun = {
  name: 'directories',
  about:
    'Directories racing on a room, stray tickets, moderation and chat across edges, webhooks (--part a,b).',
  floor: 'one version, one session',
  aim: 'one version, one session',
  run: async (context) => {
    const receiver = await WebhookReceiver.start();
    const shape = shapeAsked() === 'redis-cluster' ? 'redis-cluster' : 'cluster';
    const env = {
      PARTYLINE_WEBHOOK_URLS: receiver.url,
      PARTYLINE_WEBHOOK_SECRET: receiver.secret,
      PARTYLINE_JOINS_PER_MINUTE_PER_ADDRESS: '100000',
      PARTYLINE_JOINS_PER_MINUTE_PER_IDENTITY: '100000',
    };
    try {
      const options = { shape, env, cluster: { regions: REGIONS } } as const;
      return await withSystem(options, (system) => inCall(context, system, receiver));
    } finally {
      await receiver.stop();
    }
  },
};
