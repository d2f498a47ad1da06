import Table from 'cli-table3';
import type { Cluster } from './cluster.ts';

/** What runs where, and what to do with it. */
export const summary = (cluster: Cluster): string => {
  const table = new Table({
    head: ['', 'region', 'address', 'metrics and health', 'pid'],
    style: { head: [], border: [] },
  });
  for (const region of new Set(cluster.edges.map((edge) => edge.region))) {
    const redis = cluster.redis.get(region)!;
    const servers =
      redis.sentinel === undefined ? redis.servers : [...redis.servers, redis.sentinel.sentinel];
    const pids = servers.map(({ pid }) => pid).join(' ');
    table.push([`redis (${redis.kind})`, region, redis.url, '', pids]);
  }
  for (const { id, region, url, member } of [
    ...cluster.directories,
    ...cluster.edges,
    ...cluster.recorders,
  ]) {
    table.push([id, region, url, `${member.opsUrl}/metrics`, String(member.pid ?? '')]);
  }
  return [
    '',
    table.toString(),
    '',
    `  The cluster is ready: ${cluster.url}/`,
    '  Open it in two tabs, join the same room in both, and talk. To put the tabs on different edges, add',
    `  ?region=${cluster.edges.at(-1)?.region} to the address of one.`,
    '',
    '  kill -TERM the pid of an edge: it moves its people and is started again, and nobody hears it.',
    '  kill -9 is a crash. Ctrl-C stops all.',
    '',
  ].join('\n');
};
