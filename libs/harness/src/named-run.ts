/** A bench or a scenario that `npm run bench -- NAME` or `npm run scenario -- NAME` carries out. */
export interface NamedRun {
  name: string;
  /** One line for `--list`. */
  about: string;
  /** The figure below (or, as the text says, above) which it fails, and the one to reach. */
  floor: number | string;
  aim: number | string;
  run(context: RunContext): Promise<RunOutcome>;
}

export interface RunContext {
  /** The long form, whose results are committed. */
  full: boolean;
  /** In CI: what is heard and counted gates at its own value, timing at up to three times it, unless that would excuse a fault. */
  ci: boolean;
  /** What a limit of time is multiplied by: 3 in CI, where other programs take the processors, else 1. */
  timingSlack: number;
  /** Further options of the command line: `--name value` or `--name`. */
  options: ReadonlyMap<string, string>;
  /** A line of progress for people. */
  say(line: string): void;
  /** A table for people; the first row is its head. */
  table(rows: readonly (readonly (string | number)[])[]): void;
}

export interface RunOutcome {
  pass: boolean;
  /** Of a bench: the worst shape's ratio. */
  ratio?: number;
  /** Why it failed: a sentence each. */
  failures?: string[];
  /** Everything else for the line of JSON. */
  [figure: string]: unknown;
}

/** Collects expectations of a scenario: each is a sentence, and the run passes if all hold. */
export class Expectations {
  readonly failures: string[] = [];
  held = 0;

  /** Notes a failure unless `holds`; returns `holds`. */
  expect(holds: boolean, sentence: string): boolean {
    if (holds) this.held += 1;
    else this.failures.push(sentence);
    return holds;
  }

  get outcome(): { pass: boolean; held: number; failures: string[] } {
    return { pass: this.failures.length === 0 && this.held > 0, held: this.held, failures: this.failures };
  }
}
