import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Runs something with a program to start in place of `program`: itself, or a script that puts the launcher before it
 * and hands over its place, so that whoever starts the script has the program's process id.
 */
export async function withLauncher<T>(
  launcher: readonly string[],
  program: string,
  use: (path: string) => Promise<T>,
): Promise<T> {
  if (launcher.length === 0) return use(program);
  const folder = await mkdtemp(join(tmpdir(), 'partyline-launcher-'));
  try {
    const script = join(folder, 'launch');
    const words = [...launcher, program].map((word) => `'${word.replaceAll("'", "'\\''")}'`);
    await writeFile(script, `#!/bin/sh\nexec ${words.join(' ')} "$@"\n`, { mode: 0o700 });
    return await use(script);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
