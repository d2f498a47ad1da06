import { existsSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Where a program is: what the variable names, or the first of the usual names on the path.
 * @param options `debian`: the package that has it
 * @throws Error that says what to install
 */
export function findProgram(
  names: readonly string[],
  options: { variable: string; debian: string; env?: Readonly<Record<string, string | undefined>> },
): string {
  const { variable, debian, env = process.env } = options;
  const named = env[variable];
  if (named) {
    if (existsSync(named)) return named;
    throw new Error(`${variable} names ${named}, which does not exist.`);
  }
  for (const folder of (env.PATH ?? '').split(':').filter(Boolean)) {
    for (const name of names) {
      const path = join(folder, name);
      if (existsSync(path)) return path;
    }
  }
  throw new Error(
    `No ${names[0]} was found: install the package "${debian}", or set ${variable} to its path.`,
  );
}
