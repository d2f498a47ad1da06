import { CommanderError } from 'commander';
import type { CommandContext } from './context.ts';
import { describeFailure, EXIT, type ExitCode } from './exit-codes.ts';
import { createProgram } from './program.ts';

/**
 * Runs one command line.
 * @param argv the words after `partyline`
 * @returns the exit code; every failure has been told in one line
 */
export const run = async (argv: readonly string[], context: CommandContext): Promise<ExitCode> => {
  const program = createProgram(context);
  // Without any word, help is what is wanted, but nothing was done.
  if (argv.length === 0) {
    context.output.note(program.helpInformation());
    return EXIT.usage;
  }
  try {
    await program.parseAsync([...argv], { from: 'user' });
    return EXIT.ok;
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return EXIT.ok;
    const { exitCode, line } = describeFailure(error);
    const hint = error instanceof CommanderError ? ' See partyline --help.' : '';
    context.output.note(`partyline: ${line}${hint}`);
    return exitCode;
  }
};
