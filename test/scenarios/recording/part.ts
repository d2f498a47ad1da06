import type { Expectations, RunContext } from '@partyline/harness';

/** One subject of the scenario `recording`: it prints its own table and gives figures for the line of JSON. */
export interface Part {
  /** As `--part` takes it, and the key of its figures. */
  readonly name: string;
  /** What it shows, in one line. */
  readonly about: string;
  /**
   * Carries it out.
   * @param folder for what it writes; removed afterwards
   */
  run(context: RunContext, checks: Expectations, folder: string): Promise<Record<string, unknown>>;
}
