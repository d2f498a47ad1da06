import type { Program } from '../support/program.ts';
import { tiedProgram } from './tied-program.ts';

/** A screen that nobody sees, for a browser that wants one: Xvfb, on a number that it chooses itself. */
export class VirtualScreen {
  readonly #program: Program;
  /** As the variable DISPLAY has it. */
  readonly display: string;

  private constructor(program: Program, display: string) {
    this.#program = program;
    this.display = display;
  }

  /** @throws Error with what Xvfb said, when it does not start */
  static async start(): Promise<VirtualScreen> {
    const program = tiedProgram('Xvfb', [
      ...['-displayfd', '1', '-nolisten', 'tcp', '-screen', '0', '1280x1024x24'],
    ]);
    try {
      const [, number] = await program.prints(/^(\d+)$/m, 15_000);
      return new VirtualScreen(program, `:${number}`);
    } catch (error) {
      await program.stop();
      throw error;
    }
  }

  stop(): Promise<void> {
    return this.#program.stop();
  }
}
