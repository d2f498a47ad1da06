import type { StepResult } from './step.ts';

/** A table for people: step, seconds, result. */
export function summaryTable(results: readonly StepResult[]): string {
  const rows = results.map((result) => [result.name, result.seconds.toFixed(1), resultText(result)] as const);
  const all = [['step', 'seconds', 'result'] as const, ...rows];
  const nameWidth = Math.max(...all.map(([name]) => name.length));
  const secondsWidth = Math.max(...all.map(([, seconds]) => seconds.length));
  const lines = all.map(
    ([name, seconds, result]) => `${name.padEnd(nameWidth)}  ${seconds.padStart(secondsWidth)}  ${result}`,
  );
  return lines.join('\n');
}

function resultText({ passed, failed }: StepResult): string {
  if (failed > 0) return passed === 0 && failed === 1 ? 'FAILED' : `${failed} FAILED`;
  return passed === 1 ? 'passed' : `${passed} passed`;
}

/** What continuous integration reads: unit tests one by one, every other step as one. */
export function closingLine(results: readonly StepResult[]): string {
  const passed = results.reduce((total, result) => total + result.passed, 0);
  const failed = results.reduce((total, result) => total + result.failed, 0);
  return `${passed} passed, ${failed} failed`;
}
