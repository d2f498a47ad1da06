import { execFileSync } from 'node:child_process';

/** A process that was there at some moment; its start tells it from a later one of the same number. */
export interface SeenProcess {
  pid: number;
  started: string;
  command: string;
}

const list = (): (SeenProcess & { parent: number })[] =>
  execFileSync('ps', ['-eo', 'pid=,ppid=,lstart=,stat=,args='], { encoding: 'utf8' })
    .split('\n')
    .flatMap((line) => {
      const match = /^\s*(\d+)\s+(\d+)\s+(\S+ +\S+ +\S+ +\S+ +\S+)\s+(\S+)\s+(.*)$/.exec(line);
      if (match === null || match[4]!.startsWith('Z')) return [];
      const [, pid, parent, started, , command] = match;
      return [{ pid: Number(pid), parent: Number(parent), started: started!, command: command! }];
    });

/** A process and all that it started, directly or not, whatever their process groups. */
export const descendantsOf = (pid: number): SeenProcess[] => {
  const all = list();
  const found = all.filter((one) => one.pid === pid);
  for (const parent of found) found.push(...all.filter((one) => one.parent === parent.pid));
  return found;
};

/** Those of the processes that have not ended, a line each. */
export const stillRunning = (processes: readonly SeenProcess[]): string[] => {
  const now = new Map(list().map((one) => [one.pid, one.started]));
  return processes
    .filter(({ pid, started }) => now.get(pid) === started)
    .map(({ pid, command }) => `${pid} ${command}`);
};
