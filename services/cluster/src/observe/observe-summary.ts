import Table from 'cli-table3';
import type { Cluster } from '../cluster.ts';

export interface ObserveSummaryOptions {
  /** Undefined where it does not run. */
  prometheusUrl: string | undefined;
  room: string;
  bots: number;
}

/** Where to look, and what to try. */
export const observeSummary = (
  cluster: Cluster,
  { prometheusUrl, room, bots }: ObserveSummaryOptions,
): string => {
  const table = new Table({ head: ['what', 'where', 'pid'], style: { head: [], border: [] } });
  const [directory] = cluster.directories;
  table.push(
    ['page', `${cluster.url}/`, ''],
    ['status', `${directory!.member.opsUrl}/status`, ''],
    ['Prometheus', prometheusUrl === undefined ? 'not installed' : `${prometheusUrl}/`, ''],
  );
  for (const { id, member } of [...cluster.directories, ...cluster.edges]) {
    table.push([id, `${member.opsUrl}/metrics`, String(member.pid ?? '')]);
  }
  const call =
    bots === 0
      ? '  No bots: talk yourself.'
      : `  ${bots} bots talk in turns in the room "${room}": join it on the page to hear them.`;
  return [
    '',
    table.toString(),
    '',
    `  Ready. Voice, hop by hop: ${directory!.member.opsUrl}/status`,
    call,
    '',
    '  kill -9 the pid of an edge, or kill -STOP and -CONT it, and look what the status page says of it.',
    '  Ctrl-C stops all.',
    '',
  ].join('\n');
};
