import type { NamedRun, RunContext, RunOutcome } from '@partyline/harness';
import { type System, type SystemOptions, withSystem } from './system.ts';

/** A scenario that needs a system and nothing beside it, so that several may share one, one after the other. */
export interface SystemScenario extends NamedRun {
  /** How its system has to be started. */
  system: SystemOptions;
  inCall(context: RunContext, system: System): Promise<RunOutcome>;
}

/** Makes a scenario that starts a system of its own when it is run by name. */
export const systemScenario = (scenario: Omit<SystemScenario, 'run'>): SystemScenario => ({
  ...scenario,
  run: (context) => withSystem(scenario.system, (system) => scenario.inCall(context, system)),
});
