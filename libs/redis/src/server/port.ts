import { createServer } from 'node:net';

/** Below the range from which systems take the ports of outgoing connections, so that a port is free again after a kill. */
const FIRST_PORT = 16_400;
const PORTS = 6_300;
/** A node of a Redis Cluster listens on a second port, which is this much higher. */
const CLUSTER_BUS_OFFSET = 10_000;
const ATTEMPTS = 100;
/** Ports of one process follow each other; processes whose ids are neighbours begin this far apart. */
const PORTS_OF_PROCESS = 97;

let next = (process.pid * PORTS_OF_PROCESS) % PORTS;

/**
 * A port nobody listens on, its cluster-bus port included. A process gets each port once, so that two servers which
 * are started side by side never share one.
 * @throws Error when none was found among 100 tried
 */
export async function freePort(host: string): Promise<number> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const port = FIRST_PORT + next;
    next = (next + 1) % PORTS;
    if ((await isFree(host, port)) && (await isFree(host, port + CLUSTER_BUS_OFFSET))) return port;
  }
  throw new Error(`No free port was found on ${host}; is the address one of this machine's?`);
}

const isFree = (host: string, port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(true)));
  });
