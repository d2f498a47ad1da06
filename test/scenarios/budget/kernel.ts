import { execFileSync } from 'node:child_process';

/** What the kernel has counted of one connection, at the edge's end. */
export interface SocketCount {
  bytesIn: number;
  bytesOut: number;
  /** Segments with data. */
  dataIn: number;
  dataOut: number;
  /** All of them. */
  segmentsIn: number;
  segmentsOut: number;
}

const FIELDS: Record<keyof SocketCount, string> = {
  bytesIn: 'bytes_received',
  bytesOut: 'bytes_sent',
  dataIn: 'data_segs_in',
  dataOut: 'data_segs_out',
  segmentsIn: 'segs_in',
  segmentsOut: 'segs_out',
};
const KEYS = Object.keys(FIELDS) as (keyof SocketCount)[];

/**
 * TCP_INFO of the connections to a port, by the other end's address.
 * @throws Error when there is no `ss`, of the Debian package iproute2
 */
const socketsOf = (port: number): Map<string, SocketCount> => {
  const text = execFileSync('ss', ['-tinHO', 'state', 'established', `( sport = :${port} )`], {
    encoding: 'utf8',
  });
  const lines = text.split('\n').filter((line) => line !== '');
  return new Map(
    lines.map((line) => {
      const [, , , peer = ''] = line.trim().split(/\s+/);
      const count = Object.fromEntries(
        KEYS.map((key) => [key, Number(new RegExp(`\\b${FIELDS[key]}:(\\d+)`).exec(line)?.[1] ?? 0)]),
      );
      return [peer, count as unknown as SocketCount];
    }),
  );
};

/** Begins to count; what is returned says what came on top since, over the connections that were there all the time. */
export const countSockets = (port: number): (() => SocketCount & { connections: number }) => {
  const before = socketsOf(port);
  return () => {
    const sum: SocketCount = {
      bytesIn: 0,
      bytesOut: 0,
      dataIn: 0,
      dataOut: 0,
      segmentsIn: 0,
      segmentsOut: 0,
    };
    let connections = 0;
    for (const [peer, now] of socketsOf(port)) {
      const then = before.get(peer);
      if (then === undefined) continue;
      connections += 1;
      for (const key of KEYS) sum[key] += now[key] - then[key];
    }
    return { ...sum, connections };
  };
};
