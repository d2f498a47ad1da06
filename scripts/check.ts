// `npm test`: every check of the repository, one after the other, all of them even if one fails.
// The last line on standard output is `N passed, N failed`.
import { fileURLToPath } from 'node:url';
import { runStep, type Step, type StepResult, stopRunningStep } from './check/step.ts';
import { closingLine, summaryTable } from './check/summary.ts';

/** Scenarios that `npm test` runs, as `npm run scenario --` takes them. */
const scenarios = ['browser-call', 'selection', 'start', 'crowd --shape cluster'];

const steps: Step[] = [
  {
    name: 'lint',
    commands: [
      ['biome', 'check', '.'],
      tsx('scripts/configuration-docs.ts'),
      tsx('scripts/metrics-docs.ts'),
      tsx('scripts/sdk-docs.ts'),
      tsx('scripts/observability.ts'),
      tsx('deploy/grafana/src/main.ts', '--check'),
      tsx('deploy/prometheus/src/main.ts', '--check'),
    ],
  },
  { name: 'types', commands: [['tsc', '--noEmit']] },
  { name: 'boundaries', commands: [tsx('scripts/boundaries.ts')] },
  { name: 'knip', commands: [['knip']] },
  { name: 'unit', commands: [['vitest', 'run']], countsTests: true },
  ...scenarios.map((name) => ({
    name: `scenario ${name}`,
    commands: [tsx('test/scenarios/run.ts', ...name.split(' '))],
  })),
];

function tsx(...args: string[]): string[] {
  return ['node', '--import', 'tsx', ...args];
}

const root = fileURLToPath(new URL('..', import.meta.url));

function stop(code: number): void {
  stopRunningStep();
  process.exit(code);
}

process.on('SIGINT', () => stop(130));
process.on('SIGTERM', () => stop(143));
// Steps run in process groups of their own, so they would outlive an npm that is ended without telling this one.
const parentPid = process.ppid;
setInterval(() => process.ppid === parentPid || stop(143), 200).unref();

const results: StepResult[] = [];
for (const [index, step] of steps.entries()) {
  console.log(`\n── ${step.name} (${index + 1} of ${steps.length}) ──`);
  results.push(await runStep(step, { root }));
}
console.log(`\n${summaryTable(results)}\n`);
console.log(closingLine(results));
process.exitCode = results.every((result) => result.failed === 0) ? 0 : 1;
