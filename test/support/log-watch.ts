/** Keeps what the processes of a cluster write that nobody should have to read: errors, and what is no log line. */
export class LogWatch {
  readonly errors: string[] = [];
  /** For the options of a cluster. */
  readonly onLine = (name: string, line: string): void => {
    if (line.trim() === '' || isHarmless(line)) return;
    if (this.errors.length < MAX_KEPT) this.errors.push(`${name}: ${line}`);
  };

  /** What was written since the last time. */
  take(): string[] {
    return this.errors.splice(0);
  }
}

const MAX_KEPT = 100;

const isHarmless = (line: string): boolean => {
  try {
    const { level } = JSON.parse(line) as { level?: unknown };
    return level !== 'error' && level !== 'fatal';
  } catch {
    // A stack trace, or a complaint of Node itself.
    return false;
  }
};
