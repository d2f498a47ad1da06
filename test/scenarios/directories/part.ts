import type { Expectations, RunContext } from '@partyline/harness';
import type { System } from '../../support/system.ts';
import type { WebhookReceiver } from '../../support/webhook-receiver.ts';

export interface PartContext {
  context: RunContext;
  /** Two regions with two edges and two directories each. */
  system: System;
  checks: Expectations;
  receiver: WebhookReceiver;
}

/** Some of what the scenario shows, in rooms of its own. */
export type Part = (given: PartContext) => Promise<void>;

/** Ids of all directories. */
export const directoriesOf = (system: System): string[] => system.cluster.directories.map(({ id }) => id);
