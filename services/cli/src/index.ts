export type { Output } from './console.ts';
export type { CommandContext } from './context.ts';
export { EXIT, type ExitCode } from './exit-codes.ts';
export { run } from './run.ts';
