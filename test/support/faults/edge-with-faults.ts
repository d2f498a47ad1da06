/**
 * An edge as a process with a fault injector, for tests: `FAULTS_SEED` is what its chance follows from. It prints
 * `faults at http://…`, where GET tells what was lost and delayed on purpose and PUT takes what is to be from then on.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { runEdge } from '@partyline/edge/process';
import { Faults, type Wish } from './faults.ts';
import { FaultyBus } from './faulty-bus.ts';
import { faultyFanOut } from './faulty-fan-out.ts';

const { env } = process;
const host = env.PARTYLINE_OPS_HOST ?? '127.0.0.1';
// Not the same chance on every edge.
const ownSeed = [...(env.PARTYLINE_EDGE_ID ?? '')].reduce(
  (sum, letter) => sum * 31 + letter.charCodeAt(0),
  0,
);
const faults = new Faults(Number(env.FAULTS_SEED ?? 1) + (ownSeed % 0x1_0000_0000));

const server = createServer(async (request, response) => {
  if (request.method === 'PUT') {
    let text = '';
    for await (const piece of request) text += String(piece);
    faults.wish(JSON.parse(text) as Wish);
  }
  response.setHeader('content-type', 'application/json').end(JSON.stringify(faults.injected));
});
server.listen(0, host, () => {
  process.stdout.write(`faults at http://${host}:${(server.address() as AddressInfo).port}/\n`);
});
// Nothing of a test keeps the edge from ending.
server.unref();

await runEdge(env, {
  wrapBus: (bus, carries) =>
    new FaultyBus(
      bus,
      carries === 'media'
        ? { loses: (channel, bytes) => faults.losesMedia(channel, bytes), delay: faults.mediaDelay }
        : { loses: (_channel, bytes) => faults.losesControl(bytes) },
    ),
  fanOut: (Base) => faultyFanOut(Base, faults.fanOut),
});
