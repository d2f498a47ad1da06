import type { Network, Socket } from './options.ts';

const inNode = (): boolean =>
  typeof process === 'object' && typeof process.versions?.node === 'string' && typeof window === 'undefined';

/**
 * The way to the network of wherever this runs: a browser's own WebSocket, or `ws` in Node, whose built-in
 * WebSocket is missing in Node 20 and cannot end a dead connection.
 */
export const defaultNetwork: Network = {
  fetch: (url, init) => globalThis.fetch(url, init),
  openSocket: async (url): Promise<Socket> => {
    if (inNode()) return (await import('./node/web-socket.ts')).openNodeSocket(url, {});
    return new WebSocket(url) as unknown as Socket;
  },
};
