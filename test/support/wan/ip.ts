import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** One order to the kernel's network. @throws Error when it is refused */
export const ip = async (...args: string[]): Promise<void> => {
  await run('ip', args);
};

/** Whether network namespaces can be made here: root, with the kernel's TUN device. */
export const namespacesWork = async (): Promise<boolean> => {
  if (process.getuid?.() !== 0 || !existsSync('/dev/net/tun')) return false;
  const name = `plprobe${process.pid}`;
  try {
    await ip('netns', 'add', name);
    await ip('netns', 'delete', name);
    return true;
  } catch {
    return false;
  }
};
