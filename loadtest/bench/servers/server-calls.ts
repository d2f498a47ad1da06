import { performance } from 'node:perf_hooks';
import type { TicketKeySet } from '@partyline/tokens';
import type { Shape } from '../comparison/shape.ts';
import { answerCalls, type CallHandlers } from '../processes/child-calls.ts';

export interface ServerOptions {
  shape: Shape;
  /** PEM files; absent for plain WebSocket. */
  tls?: { keyFile: string; certFile: string };
  /** Public keys of the tickets that an edge accepts. */
  ticketKeys: TicketKeySet;
  /** The edge's name in those tickets. */
  edge: string;
  /** Cap of the edge's coalescing in ms; undefined leaves its default. */
  coalesceMs?: number;
  /** The edge has a bus to others, who are not there. */
  clustered?: boolean;
}

/** One reading of a server process; two of them give a window's cost. */
export interface ServerSample {
  /** Of the process's own clock, ms. */
  atMs: number;
  /** User and system time of the whole process so far, µs. */
  cpuUs: number;
  userUs: number;
  rssBytes: number;
}

const sample = (): ServerSample => {
  const { user, system } = process.cpuUsage();
  return {
    atMs: performance.now(),
    cpuUs: user + system,
    userUs: user,
    rssBytes: process.memoryUsage.rss(),
  };
};

/** Runs a server process: `start` answers with the port, `sample` with a reading; `more` is what only this one answers. */
export const runServer = (
  start: (options: ServerOptions) => Promise<number>,
  more: CallHandlers = {},
): void => {
  answerCalls({ start, sample, ...more });
};
