import { spawn } from 'node:child_process';
import { ROOT } from '../support/program.ts';

/**
 * Installs Firefox, WebKitGTK, a screen and a sound server where they are missing and that is possible.
 * @throws Error of one line that says what to install
 */
export async function prepareBrowsers(): Promise<void> {
  const child = spawn(process.execPath, ['scripts/setup.mjs', 'browsers'], {
    cwd: ROOT,
    stdio: ['ignore', 'inherit', 'pipe'],
  });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text;
    process.stderr.write(text);
  });
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  if (code !== 0) throw new Error(said.trim().split('\n').at(-1) || `setup.mjs browsers ended with ${code}`);
}
