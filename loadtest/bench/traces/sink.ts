import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Takes whatever is exported and looks at nothing, so that it costs the machine little. */
export const startSink = async (): Promise<{ url: string; exports: () => number; stop(): void }> => {
  let exports = 0;
  const server = createServer((request, response) => {
    exports += 1;
    request.resume().on('end', () => response.writeHead(200).end());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    exports: () => exports,
    stop: () => {
      server.close();
      server.closeAllConnections();
    },
  };
};
