import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

/** One line of the table that `npm test` prints. */
export interface Step {
  name: string;
  /** Run in order, all of them even if one fails; programs of node_modules are found by name. */
  commands: readonly (readonly string[])[];
  /** The commands are runs of vitest, whose tests count one by one. */
  countsTests?: boolean;
}

export interface StepResult {
  name: string;
  seconds: number;
  passed: number;
  failed: number;
}

interface Counts {
  passed: number;
  failed: number;
}

/** Where a step runs and whether its output is shown. */
export interface StepSurroundings {
  root: string;
  output?: 'inherit' | 'ignore';
}

/** The process group of the command that is running. */
let runningGroup: number | undefined;

/** Runs a step, with its output shown as it comes. */
export async function runStep(step: Step, surroundings: StepSurroundings): Promise<StepResult> {
  const { name, commands, countsTests = false } = step;
  const startedAtMs = performance.now();
  let counts: Counts = { passed: 0, failed: 0 };
  let succeeded = true;
  for (const command of commands) {
    if (countsTests) {
      const { passed, failed } = await runTests(command, surroundings);
      counts = { passed: counts.passed + passed, failed: counts.failed + failed };
    } else {
      succeeded = (await run(command, surroundings)) && succeeded;
    }
  }
  if (!countsTests) counts = succeeded ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };
  return { name, seconds: (performance.now() - startedAtMs) / 1000, ...counts };
}

/** Ends the running command and everything it started. */
export function stopRunningStep(): void {
  if (runningGroup !== undefined) killGroup(runningGroup);
}

async function runTests(command: readonly string[], surroundings: StepSurroundings): Promise<Counts> {
  const directory = mkdtempSync(path.join(os.tmpdir(), 'partyline-check-'));
  const report = path.join(directory, 'report.json');
  try {
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
    const succeeded = await run([...command, ...reporters], surroundings);
    return countTests(report, succeeded);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** A run that failed without a failed test (a file that does not load, a crash) counts as one failure. */
function countTests(report: string, succeeded: boolean): Counts {
  let totals = { numPassedTests: 0, numFailedTests: 0 };
  try {
    totals = JSON.parse(readFileSync(report, 'utf8'));
  } catch {
    // No report: the runner itself failed, which the next line counts.
  }
  const failed = totals.numFailedTests + (succeeded || totals.numFailedTests > 0 ? 0 : 1);
  return { passed: totals.numPassedTests, failed };
}

/** A process group for each command, so that whatever it leaves behind ends with it. */
function run(command: readonly string[], { root, output = 'inherit' }: StepSurroundings): Promise<boolean> {
  const [program = '', ...args] = command;
  const bin = path.join(root, 'node_modules', '.bin');
  const env = { ...process.env, PATH: `${bin}${path.delimiter}${process.env.PATH}` };
  const executable = program === 'node' ? process.execPath : program;
  return new Promise((resolve) => {
    const child = spawn(executable, args, {
      cwd: root,
      env,
      stdio: ['ignore', output, output],
      detached: true,
    });
    runningGroup = child.pid;
    child.on('error', (error) => {
      console.error(`${program} could not be run: ${error.message}`);
      resolve(false);
    });
    child.on('exit', (code) => {
      if (child.pid !== undefined) killGroup(child.pid);
      runningGroup = undefined;
      resolve(code === 0);
    });
  });
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // Nothing is left of it.
  }
}
