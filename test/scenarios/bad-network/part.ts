import type { Expectations, RunContext } from '@partyline/harness';

/** One subject of the scenario `bad-network`: it prints its own table and gives figures for the line of JSON. */
export interface Part {
  /** As `--part` takes it, and the key of its figures. */
  readonly name: string;
  /** What it shows, in one line. */
  readonly about: string;
  /**
   * Carries it out: seconds in the short form, minutes with `context.full`. Networks come from seeds, so that a
   * failure can be repeated.
   * @param checks each expectation is a sentence that says what went wrong, seed included
   * @returns figures for the line of JSON
   */
  run(context: RunContext, checks: Expectations): Promise<Record<string, unknown>>;
}
