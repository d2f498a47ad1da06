import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** How to watch the program that started this one. */
export interface WatchParentOptions {
  /** Value of `npm_lifecycle_event`; when it is not set nothing is watched. */
  npmLifecycleEvent: string | undefined;
  /** Called once, when any process between npm and this one (npm included) has ended. */
  onGone: () => void;
  /** Time between looks, in ms; 100 unless given. */
  pollMs?: number;
}

/** A watch that can be called off. */
export interface ParentWatch {
  /** Processes watched, nearest first; empty when not run by npm. */
  readonly pids: readonly number[];
  stop(): void;
}

interface ProcessEntry {
  pid: number;
  parentPid: number;
  command: string;
  /** Tells a process from a later one with the same id; empty where the system does not say cheaply. */
  startedAt: string;
  ended: boolean;
}

const packageManager = /^(npm|npx|pnpm|yarn|bun)\b/;
/** A shell or two, npm, perhaps a wrapper: deeper chains do not happen, loops must not. */
const MOST_ANCESTORS = 8;

/**
 * Watches the way up to npm. A signal sent to npm's own process does not reliably arrive here: npm hands it to
 * the shell it started, and whether that shell passes it on depends on the shell. So the end of npm, or of the
 * shell, is taken as the wish to end this process too.
 */
export function watchParent(options: WatchParentOptions): ParentWatch {
  const { npmLifecycleEvent, onGone, pollMs = 100 } = options;
  const watched = npmLifecycleEvent ? findLaunchers() : [];
  if (watched.length === 0) return { pids: [], stop: () => undefined };
  const parentPid = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parentPid && watched.every(isAlive)) return;
    clearInterval(timer);
    onGone();
  }, pollMs);
  timer.unref();
  return { pids: watched.map((entry) => entry.pid), stop: () => clearInterval(timer) };
}

/** Ancestors up to the nearest package manager; the direct parent alone if there is none. */
function findLaunchers(): ProcessEntry[] {
  const ancestors: ProcessEntry[] = [];
  let pid = process.ppid;
  while (pid > 0 && ancestors.length < MOST_ANCESTORS) {
    const entry = lookUp(pid);
    if (!entry) break;
    ancestors.push(entry);
    if (packageManager.test(entry.command)) return ancestors;
    pid = entry.parentPid;
  }
  return ancestors.slice(0, 1);
}

function isAlive(known: ProcessEntry): boolean {
  if (process.platform === 'linux') {
    const entry = readStat(known.pid);
    return entry !== undefined && !entry.ended && entry.startedAt === known.startedAt;
  }
  try {
    return process.kill(known.pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function lookUp(pid: number): ProcessEntry | undefined {
  return process.platform === 'linux' ? readStat(pid) : askPs(pid);
}

function readStat(pid: number): ProcessEntry | undefined {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return undefined;
  }
  // The command stands in parentheses and may hold spaces and parentheses itself ("npm start").
  const commandEnd = stat.lastIndexOf(')');
  const command = stat.slice(stat.indexOf('(') + 1, commandEnd);
  const rest = stat.slice(commandEnd + 2).split(' ');
  const state = rest[0] ?? '';
  return {
    pid,
    parentPid: Number(rest[1]),
    command,
    startedAt: rest[19] ?? '',
    ended: state === 'Z' || state === 'X',
  };
}

function askPs(pid: number): ProcessEntry | undefined {
  try {
    const line = execFileSync('ps', ['-o', 'ppid=,command=', '-p', String(pid)], { encoding: 'utf8' }).trim();
    const [, parent = '', command = ''] = /^(\d+)\s+(.*)$/.exec(line) ?? [];
    return { pid, parentPid: Number(parent), command, startedAt: '', ended: false };
  } catch {
    return undefined;
  }
}
