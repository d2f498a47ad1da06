export function runQuietly(
  program: string,
  args: readonly string[],
  options: { cwd?: string; env?: Record<string, string>; purpose: string },
): Promise<void>;
