import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import Table from 'cli-table3';
import type { NamedRun, RunContext } from './named-run.ts';

export interface RunByNameOptions {
  /** What the runs are called in messages: `bench` or `scenario`. */
  kind: string;
  /** A folder whose `*.ts` files (but `run.ts`, tests and those in sub-folders) each export `run: NamedRun`. */
  folder: string;
  argv: readonly string[];
  env: Readonly<Record<string, string | undefined>>;
}

const TIMING_SLACK_IN_CI = 3;

const print = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

const table = (rows: readonly (readonly (string | number)[])[]): void => {
  const [head, ...body] = rows;
  if (head === undefined) return;
  const drawn = new Table({ head: head.map(String), style: { head: [], border: [] } });
  for (const row of body) drawn.push(row.map(String));
  print(drawn.toString());
};

const namesIn = (folder: string): string[] =>
  readdirSync(folder)
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts') && file !== 'run.ts')
    .map((file) => file.slice(0, -3))
    .sort();

const load = async (folder: string, name: string): Promise<NamedRun> => {
  const module = (await import(pathToFileURL(join(folder, `${name}.ts`)).href)) as { run: NamedRun };
  return module.run;
};

interface Arguments {
  names: string[];
  options: Map<string, string>;
}

const parseArguments = (argv: readonly string[]): Arguments => {
  const names: string[] = [];
  const options = new Map<string, string>();
  for (let i = 0; i < argv.length; i += 1) {
    const word = argv[i]!;
    if (!word.startsWith('--')) names.push(word);
    else if (word.includes('='))
      options.set(word.slice(2, word.indexOf('=')), word.slice(word.indexOf('=') + 1));
    else if (argv[i + 1] !== undefined && !argv[i + 1]!.startsWith('--')) {
      i += 1;
      options.set(word.slice(2), argv[i]!);
    } else options.set(word.slice(2), '');
  }
  return { names, options };
};

/**
 * Carries out the run that the command line names and returns the exit code: 0 passed, 1 below its floor, 2
 * wrong usage. The last line on stdout is one JSON object `{name, pass, ratio?, floor, aim, …}`.
 */
export const runByName = async (options: RunByNameOptions): Promise<number> => {
  const { names, options: flags } = parseArguments(options.argv);
  const known = namesIn(options.folder);
  if (flags.has('list')) {
    const runs = await Promise.all(known.map((name) => load(options.folder, name)));
    table([
      ['name', 'floor', 'aim', 'about'],
      ...runs.map((run) => [run.name, run.floor, run.aim, run.about]),
    ]);
    return 0;
  }
  const name = names[0];
  if (names.length !== 1 || name === undefined || !known.includes(name)) {
    process.stderr.write(
      `${name === undefined ? `Name one ${options.kind}` : `No ${options.kind} is called "${names.join(' ')}"`}: ${known.join(', ')}. ` +
        `For example: npm run ${options.kind} -- ${known[0]} (--list explains them, --full is the long form)\n`,
    );
    return 2;
  }
  const run = await load(options.folder, name);
  const ci = (options.env.CI ?? '') !== '';
  const context: RunContext = {
    full: flags.has('full'),
    ci,
    timingSlack: ci ? TIMING_SLACK_IN_CI : 1,
    options: flags,
    say: print,
    table,
  };
  const startedAt = performance.now();
  const outcome = await run.run(context).catch((error: unknown) => {
    process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    return { pass: false, failures: [error instanceof Error ? error.message : String(error)] };
  });
  for (const failure of outcome.failures ?? []) print(`FAILED: ${failure}`);
  const seconds = Math.round((performance.now() - startedAt) / 100) / 10;
  print(JSON.stringify({ name: run.name, floor: run.floor, aim: run.aim, seconds, ...outcome }));
  return outcome.pass ? 0 : 1;
};
