import { type Component, Lifecycle } from './lifecycle.ts';
import { watchParent } from './watch-parent.ts';

/** What a program's exit code says. */
export const EXIT_CODES = {
  /** Stopped as asked, everything closed. */
  ok: 0,
  /** Did not start, or something did not stop in time. */
  failed: 1,
  /** The settings are wrong (EX_CONFIG). */
  badConfig: 78,
  /** Asked twice to stop by Ctrl-C. */
  interrupted: 130,
  /** Asked twice to stop by SIGTERM. */
  terminated: 143,
} as const;

/** The parts of `process` that a program's main loop touches. */
export interface MainHost {
  on(signal: NodeJS.Signals, listener: () => void): unknown;
  exit(code: number): void;
}

export interface MainOptions {
  /** What to run; usually a `Lifecycle`. */
  program: Component;
  /** How long stopping may take, in ms. */
  stopDeadlineMs: number;
  /** Value of `npm_lifecycle_event`: run by npm, the program ends when npm does. */
  npmLifecycleEvent: string | undefined;
  /** Told what happens, one line each; an error's line says what went wrong. */
  log: { info(message: string): void; error(message: string): void };
  /** `process` unless given. */
  host?: MainHost;
}

/**
 * npm and the terminal both deliver one Ctrl-C, so a second signal this soon after the first is the same wish,
 * not impatience. In ms.
 */
const SAME_WISH_MS = 250;

/**
 * Runs a program until a signal or the end of npm stops it: the first SIGINT or SIGTERM stops it in order, a
 * second one exits at once. Exits the process with one of `EXIT_CODES`.
 * @returns once the program has started, or its failure to start has been dealt with
 */
export async function runMain(options: MainOptions): Promise<void> {
  const { stopDeadlineMs, npmLifecycleEvent, log, host = process } = options;
  // A lifecycle of one keeps the deadline for programs that do not keep it themselves.
  const program =
    options.program instanceof Lifecycle
      ? options.program
      : new Lifecycle(options.program.name, [options.program]);
  let stoppedAtMs: number | undefined;

  const stop = async (reason: string): Promise<void> => {
    if (stoppedAtMs !== undefined) return;
    stoppedAtMs = performance.now();
    log.info(`Stopping: ${reason}.`);
    await program.stop(stopDeadlineMs);
    for (const error of program.stopErrors) log.error(error.message);
    host.exit(program.stopErrors.length === 0 ? EXIT_CODES.ok : EXIT_CODES.failed);
  };

  const onSignal = (signal: 'SIGINT' | 'SIGTERM', code: number) => (): void => {
    if (stoppedAtMs === undefined) void stop(signal);
    else if (performance.now() - stoppedAtMs > SAME_WISH_MS) host.exit(code);
  };
  host.on('SIGINT', onSignal('SIGINT', EXIT_CODES.interrupted));
  host.on('SIGTERM', onSignal('SIGTERM', EXIT_CODES.terminated));
  watchParent({ npmLifecycleEvent, onGone: () => void stop('npm has ended') });

  try {
    await program.start();
  } catch (error) {
    if (stoppedAtMs !== undefined) return;
    log.error(messageOf(error));
    await program.stop(stopDeadlineMs);
    host.exit(EXIT_CODES.failed);
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
